package addons

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	kubeProxyName = "kube-proxy-windows"
	// hostProcessImage holds nothing, and runs on each release of Windows: what a
	// HostProcess pod runs is on the node.
	// https://github.com/microsoft/windows-host-process-containers-base-image
	hostProcessImage = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"
	// healthPort is where kube-proxy tells how it is.
	healthPort = 10256
)

//go:embed files/kube-proxy.ps1
var kubeProxyScript string

// kubeProxyWindows runs kube-proxy on Windows nodes, which kubeadm leaves to others.
// The program is on the node, from its bootstrap; the script waits for Calico's
// network.
func (in installer) kubeProxyWindows(after ...pulumi.Resource) (pulumi.Resource, error) {
	// A script that changes gets another name, so that the pods change with it.
	sum := sha256.Sum256([]byte(kubeProxyScript))
	name := kubeProxyName + "-" + hex.EncodeToString(sum[:4])
	script, err := corev1.NewConfigMap(in.ctx, in.name+"-"+kubeProxyName+"-script", &corev1.ConfigMapArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: pulumi.String(kubeSystem)},
		Data:     pulumi.StringMap{"kube-proxy.ps1": pulumi.String(kubeProxyScript)},
	}, in.options(pulumi.DependsOn(after))...)
	if err != nil {
		return nil, err
	}
	labels := pulumi.StringMap{"k8s-app": pulumi.String(kubeProxyName)}
	return appsv1.NewDaemonSet(in.ctx, in.name+"-"+kubeProxyName, &appsv1.DaemonSetArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(kubeProxyName),
			Namespace: pulumi.String(kubeSystem),
			Labels:    labels,
		},
		Spec: appsv1.DaemonSetSpecArgs{
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels},
				Spec:     kubeProxyWindowsPod(name),
			},
		},
	}, in.options(pulumi.DependsOn([]pulumi.Resource{script}))...)
}

func kubeProxyWindowsPod(script string) corev1.PodSpecArgs {
	// kubeadm made the account and the ConfigMap for kube-proxy on Linux.
	const kubeProxy = "kube-proxy"
	volume := func(name, config string) corev1.VolumeArgs {
		return corev1.VolumeArgs{Name: pulumi.String(name), ConfigMap: corev1.ConfigMapVolumeSourceArgs{Name: pulumi.String(config)}}
	}
	mount := func(name, path string) corev1.VolumeMountArgs {
		return corev1.VolumeMountArgs{Name: pulumi.String(name), MountPath: pulumi.String(path)}
	}
	return corev1.PodSpecArgs{
		ServiceAccountName: pulumi.String(kubeProxy),
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
			Name:            pulumi.String(kubeProxy),
			Image:           pulumi.String(hostProcessImage),
			ImagePullPolicy: pulumi.String("IfNotPresent"),
			Command: pulumi.ToStringArray([]string{
				// The image has no search path.
				`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass",
				"-Command", "& $env:CONTAINER_SANDBOX_MOUNT_POINT/script/kube-proxy.ps1; exit $LASTEXITCODE",
			}),
			Env: corev1.EnvVarArray{corev1.EnvVarArgs{
				Name: pulumi.String("NODENAME"),
				ValueFrom: corev1.EnvVarSourceArgs{
					FieldRef: corev1.ObjectFieldSelectorArgs{FieldPath: pulumi.String("spec.nodeName")},
				},
			}},
			// Without it a node on which kube-proxy waits for ever would look well.
			ReadinessProbe: corev1.ProbeArgs{
				HttpGet:       corev1.HTTPGetActionArgs{Path: pulumi.String("/healthz"), Port: pulumi.Int(healthPort)},
				PeriodSeconds: pulumi.Int(10),
			},
			VolumeMounts: corev1.VolumeMountArray{mount(kubeProxy, "/var/lib/kube-proxy"), mount("script", "/script")},
		}},
		Volumes: corev1.VolumeArray{volume(kubeProxy, kubeProxy), volume("script", script)},
	}
}
