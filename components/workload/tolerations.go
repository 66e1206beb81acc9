package workload

import (
	"slices"
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tolerations turns taints, "key=value:Effect" or "key:Effect", into tolerations,
// each once and sorted.
// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
func tolerations(taints []string) corev1.TolerationArray {
	var list corev1.TolerationArray
	for _, taint := range slices.Compact(slices.Sorted(slices.Values(taints))) {
		name, effect, _ := strings.Cut(taint, ":")
		key, value, valued := strings.Cut(name, "=")
		toleration := corev1.TolerationArgs{Key: pulumi.String(key), Effect: pulumi.String(effect), Operator: pulumi.String("Exists")}
		if valued {
			toleration.Operator, toleration.Value = pulumi.String("Equal"), pulumi.String(value)
		}
		list = append(list, toleration)
	}
	return list
}
