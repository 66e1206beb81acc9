package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// prometheusNamespace is where the monitoring has its objects.
const prometheusNamespace = "monitoring"

// prometheus gathers metrics of nodes and pods inside the cluster. Its own images
// are for Linux alone, and only the exporter of the Windows nodes says so itself.
func (in installer) prometheus(opts ...pulumi.ResourceOption) error {
	placed := func(more pulumi.Map) pulumi.Map {
		more["nodeSelector"] = onLinux()
		if !in.args.LinuxWorkers {
			more["tolerations"] = bearMasters()
		}
		return more
	}
	off := pulumi.Map{"enabled": pulumi.Bool(false)}
	_, err := in.install(prometheusChart, prometheusChart.name, prometheusNamespace, pulumi.Map{
		"windowsMonitoring": pulumi.Map{"enabled": pulumi.Bool(in.args.Windows)},
		"prometheusOperator": placed(pulumi.Map{
			"admissionWebhooks": pulumi.Map{"patch": placed(pulumi.Map{})},
		}),
		"prometheus":         pulumi.Map{"prometheusSpec": placed(pulumi.Map{})},
		"alertmanager":       pulumi.Map{"alertmanagerSpec": placed(pulumi.Map{})},
		"kube-state-metrics": placed(pulumi.Map{}),
		"grafana":            placed(pulumi.Map{}),
		// kubeadm lets these listen on the loopback address alone, so they would be
		// reported as lost for ever.
		"kubeControllerManager": off,
		"kubeEtcd":              off,
		"kubeProxy":             off,
		"kubeScheduler":         off,
	}, opts...)
	return err
}
