package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// metricsServer serves the use of resources by nodes and pods, on Linux and
// Windows. It asks kubelets, whose certificates for that are their own:
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/#kubelet-serving-certs
func (in installer) metricsServer(opts ...pulumi.ResourceOption) error {
	_, err := in.install(metricsServerChart, "metrics-server", kubeSystem, pulumi.Map{
		"args":         pulumi.ToStringArray([]string{"--kubelet-insecure-tls"}),
		"nodeSelector": onLinux(),
		"tolerations":  bearMasters(),
	}, opts...)
	return err
}
