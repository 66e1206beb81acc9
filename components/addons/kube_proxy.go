package addons

import (
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// kubeProxyWindows runs kube-proxy on Windows nodes, which kubeadm leaves to
// others. The image waits for Calico's network, so the order does not matter:
// https://github.com/kubernetes-sigs/sig-windows-tools/tree/master/hostprocess/calico
func (in installer) kubeProxyWindows() (pulumi.Resource, error) {
	labels := pulumi.StringMap{"k8s-app": pulumi.String("kube-proxy-windows")}
	return appsv1.NewDaemonSet(in.ctx, in.name+"-kube-proxy-windows", &appsv1.DaemonSetArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String("kube-proxy-windows"),
			Namespace: pulumi.String("kube-system"),
			Labels:    labels,
		},
		Spec: appsv1.DaemonSetSpecArgs{
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels},
				Spec:     in.kubeProxyWindowsPod(),
			},
		},
	}, in.options()...)
}

func (in installer) kubeProxyWindowsPod() corev1.PodSpecArgs {
	field := func(name, path string) corev1.EnvVarArgs {
		return corev1.EnvVarArgs{
			Name: pulumi.String(name),
			ValueFrom: corev1.EnvVarSourceArgs{
				FieldRef: corev1.ObjectFieldSelectorArgs{FieldPath: pulumi.String(path)},
			},
		}
	}
	return corev1.PodSpecArgs{
		// kubeadm made the account and the ConfigMap for kube-proxy on Linux.
		ServiceAccountName: pulumi.String("kube-proxy"),
		HostNetwork:        pulumi.Bool(true),
		PriorityClassName:  pulumi.String("system-node-critical"),
		NodeSelector:       pulumi.StringMap{"kubernetes.io/os": pulumi.String("windows")},
		SecurityContext: corev1.PodSecurityContextArgs{
			WindowsOptions: corev1.WindowsSecurityContextOptionsArgs{
				HostProcess:   pulumi.Bool(true),
				RunAsUserName: pulumi.String(`NT AUTHORITY\system`),
			},
		},
		Tolerations: corev1.TolerationArray{corev1.TolerationArgs{Operator: pulumi.String("Exists")}},
		Containers: corev1.ContainerArray{corev1.ContainerArgs{
			Name:            pulumi.String("kube-proxy"),
			Image:           pulumi.String(in.args.Release.KubeProxyWindows),
			ImagePullPolicy: pulumi.String("IfNotPresent"),
			Args:            pulumi.ToStringArray([]string{"$env:CONTAINER_SANDBOX_MOUNT_POINT/kube-proxy/start.ps1"}),
			WorkingDir:      pulumi.String("$env:CONTAINER_SANDBOX_MOUNT_POINT/kube-proxy/"),
			// The image's script reads NODENAME, without an underscore.
			Env: corev1.EnvVarArray{field("NODENAME", "spec.nodeName"), field("POD_IP", "status.podIP")},
			VolumeMounts: corev1.VolumeMountArray{corev1.VolumeMountArgs{
				Name: pulumi.String("kube-proxy"), MountPath: pulumi.String("/var/lib/kube-proxy"),
			}},
		}},
		Volumes: corev1.VolumeArray{corev1.VolumeArgs{
			Name:      pulumi.String("kube-proxy"),
			ConfigMap: corev1.ConfigMapVolumeSourceArgs{Name: pulumi.String("kube-proxy")},
		}},
	}
}
