package addons

import (
	"strings"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	detectorName = "node-problem-detector"
	// detectorImage is that of the project's own manifest:
	// https://github.com/kubernetes/node-problem-detector/blob/v1.36.0/deployment/node-problem-detector.yaml
	detectorImage = "registry.k8s.io/node-problem-detector/node-problem-detector:v0.8.19"
)

// problemDetector reports problems of Linux nodes. Kubernetes has the ClusterRole
// for it built in.
func (in installer) problemDetector(opts ...pulumi.ResourceOption) error {
	metadata := metav1.ObjectMetaArgs{Name: pulumi.String(detectorName), Namespace: pulumi.String(kubeSystem)}
	account, err := corev1.NewServiceAccount(in.ctx, in.name+"-"+detectorName+"-account",
		&corev1.ServiceAccountArgs{Metadata: metadata}, in.options(opts...)...)
	if err != nil {
		return err
	}
	rights, err := rbacv1.NewClusterRoleBinding(in.ctx, in.name+"-"+detectorName+"-rights", &rbacv1.ClusterRoleBindingArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String(detectorName)},
		RoleRef: rbacv1.RoleRefArgs{
			ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String("ClusterRole"),
			Name: pulumi.String("system:node-problem-detector"),
		},
		Subjects: rbacv1.SubjectArray{rbacv1.SubjectArgs{
			Kind: pulumi.String("ServiceAccount"), Name: pulumi.String(detectorName), Namespace: pulumi.String(kubeSystem),
		}},
	}, in.options(opts...)...)
	if err != nil {
		return err
	}
	labels := pulumi.StringMap{"app": pulumi.String(detectorName)}
	_, err = appsv1.NewDaemonSet(in.ctx, in.name+"-"+detectorName, &appsv1.DaemonSetArgs{
		Metadata: metadata,
		Spec: appsv1.DaemonSetSpecArgs{
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels}, Spec: in.problemDetectorPod(),
			},
		},
	}, in.options(append(opts, pulumi.DependsOn([]pulumi.Resource{account, rights}))...)...)
	return err
}

func (in installer) problemDetectorPod() corev1.PodSpecArgs {
	var mounts corev1.VolumeMountArray
	var volumes corev1.VolumeArray
	// The kernel's log, the journal, and the time zone of their lines.
	for _, v := range []struct{ name, path string }{
		{"log", "/var/log"}, {"kmsg", "/dev/kmsg"}, {"localtime", "/etc/localtime"},
	} {
		mounts = append(mounts, corev1.VolumeMountArgs{
			Name: pulumi.String(v.name), MountPath: pulumi.String(v.path), ReadOnly: pulumi.Bool(true),
		})
		volumes = append(volumes, corev1.VolumeArgs{
			Name: pulumi.String(v.name), HostPath: corev1.HostPathVolumeSourceArgs{Path: pulumi.String(v.path)},
		})
	}
	return corev1.PodSpecArgs{
		ServiceAccountName: pulumi.String(detectorName),
		NodeSelector:       onLinux(),
		Tolerations:        corev1.TolerationArray{corev1.TolerationArgs{Operator: pulumi.String("Exists")}},
		Containers: corev1.ContainerArray{corev1.ContainerArgs{
			Name:    pulumi.String(detectorName),
			Image:   pulumi.String(detectorImage),
			Command: pulumi.ToStringArray(in.problemDetectorCommand()),
			// The kernel's log is root's.
			SecurityContext: corev1.SecurityContextArgs{Privileged: pulumi.Bool(true)},
			Env: corev1.EnvVarArray{corev1.EnvVarArgs{
				Name: pulumi.String("NODE_NAME"),
				ValueFrom: corev1.EnvVarSourceArgs{
					FieldRef: corev1.ObjectFieldSelectorArgs{FieldPath: pulumi.String("spec.nodeName")},
				},
			}},
			Resources: corev1.ResourceRequirementsArgs{
				Requests: pulumi.StringMap{"cpu": pulumi.String("10m"), "memory": pulumi.String("80Mi")},
				Limits:   pulumi.StringMap{"memory": pulumi.String("80Mi")},
			},
			VolumeMounts: mounts,
		}},
		Volumes: volumes,
	}
}

func (in installer) problemDetectorCommand() []string {
	command := []string{"/node-problem-detector", "--logtostderr"}
	m := in.args.Options.ProblemMonitors
	for _, monitor := range []struct {
		flag  string
		files []string
	}{
		{"--config.system-log-monitor", m.SystemLog},
		{"--config.custom-plugin-monitor", m.CustomPlugin},
		{"--config.system-stats-monitor", m.SystemStats},
	} {
		if len(monitor.files) > 0 {
			command = append(command, monitor.flag+"="+strings.Join(monitor.files, ","))
		}
	}
	return command
}
