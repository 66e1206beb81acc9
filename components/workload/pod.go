package workload

import (
	"maps"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// podSpec puts the container on Windows nodes that are Ready: no pod tolerates the
// taints of one that is not.
func (a Args) podSpec(image containerImage, labels pulumi.StringMap) corev1.PodSpecArgs {
	selector := map[string]string{"kubernetes.io/os": "windows"}
	maps.Copy(selector, a.NodeSelector)
	return corev1.PodSpecArgs{
		ImagePullSecrets: a.pullSecrets(),
		Tolerations:      tolerations(a.Taints),
		NodeSelector:     pulumi.ToStringMap(selector),
		Affinity:         image.affinity(),
		// Even where there is room for it, and anywhere where there is not.
		TopologySpreadConstraints: corev1.TopologySpreadConstraintArray{corev1.TopologySpreadConstraintArgs{
			MaxSkew:           pulumi.Int(1),
			TopologyKey:       pulumi.String("kubernetes.io/hostname"),
			WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
			LabelSelector:     metav1.LabelSelectorArgs{MatchLabels: labels},
			// The pods of an older version do not count.
			MatchLabelKeys: pulumi.ToStringArray([]string{"pod-template-hash"}),
		}},
		Containers: corev1.ContainerArray{a.container(image)},
	}
}

func (a Args) container(image containerImage) corev1.ContainerArgs {
	port := pulumi.Int(image.port)
	page := corev1.HTTPGetActionArgs{Path: pulumi.String("/"), Port: port}
	return corev1.ContainerArgs{
		Name:      pulumi.String(Name),
		Image:     pulumi.String(image.name),
		Ports:     corev1.ContainerPortArray{corev1.ContainerPortArgs{ContainerPort: port}},
		Resources: corev1.ResourceRequirementsArgs{Limits: a.limits().quantities(), Requests: a.requests().quantities()},
		// A Windows container takes its time to start, and is left alone while it does.
		StartupProbe:   corev1.ProbeArgs{HttpGet: page, PeriodSeconds: pulumi.Int(10), TimeoutSeconds: pulumi.Int(5), FailureThreshold: pulumi.Int(30)},
		ReadinessProbe: corev1.ProbeArgs{HttpGet: page, PeriodSeconds: pulumi.Int(10), TimeoutSeconds: pulumi.Int(5)},
		LivenessProbe:  corev1.ProbeArgs{HttpGet: page, PeriodSeconds: pulumi.Int(20), TimeoutSeconds: pulumi.Int(10)},
	}
}

// pullSecretName is the Secret with the login to the image's registry. Its name stays, so
// that a new login changes no pod.
const pullSecretName = Name + "-pull"

func (a Args) pullSecrets() corev1.LocalObjectReferenceArrayInput {
	if a.PullSecret == "" {
		return nil
	}
	return corev1.LocalObjectReferenceArray{corev1.LocalObjectReferenceArgs{Name: pulumi.String(pullSecretName)}}
}

func (r Resources) quantities() pulumi.StringMap {
	return pulumi.StringMap{"cpu": pulumi.String(r.CPU), "memory": pulumi.String(r.Memory)}
}
