package firstboot

import (
	"maps"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Cluster Autoscaler learns from tags of a scale set without machines what its next
// machine would be like:
// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/azure/README.md#labels-and-taints
const (
	labelTag = "k8s.io_cluster-autoscaler_node-template_label_"
	taintTag = "k8s.io_cluster-autoscaler_node-template_taint_"
)

// windowsBuilds are the values of a label that kubelets give Windows nodes:
// https://kubernetes.io/docs/reference/labels-annotations-taints/#nodekubernetesiowindows-build
var windowsBuilds = map[string]string{"2019": "10.0.17763", "2022": "10.0.20348", "2025": "10.0.26100"}

// AutoscalerTags are the labels and taints of a pool's nodes as tags of its scale set;
// none for a pool that is not scaled. Without them a pool that has come down to no
// node gets none again for pods that select its labels, and gets one in vain for pods
// that do not bear its taints.
func AutoscalerTags(d *apimodel.Definition, pool *apimodel.AgentPoolProfile) map[string]string {
	if !d.IsAutoscaled(pool) {
		return nil
	}
	tags := map[string]string{}
	labels := poolLabels(d, pool)
	if build := windowsBuilds[pool.WindowsRelease]; pool.OSType == apimodel.Windows && build != "" {
		labels["node.kubernetes.io/windows-build"] = build
	}
	for key, value := range labels {
		tags[labelTag+tagKey(key)] = value
	}
	for _, taint := range d.NodeTaints(pool) {
		rest, effect, ok := cutLast(taint, ":")
		if !ok {
			continue
		}
		key, value, _ := strings.Cut(rest, "=")
		tags[taintTag+tagKey(key)] = value + ":" + effect
	}
	return tags
}

// tagKey writes a key as the autoscaler reads it: Azure takes no slash in a tag's name.
func tagKey(key string) string {
	return strings.NewReplacer("_", "~2", "/", "_").Replace(key)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// poolLabels are the labels that a pool's nodes register with.
func poolLabels(d *apimodel.Definition, pool *apimodel.AgentPoolProfile) map[string]string {
	labels := map[string]string{poolLabel: pool.Name}
	maps.Copy(labels, d.NodeLabels(pool))
	return labels
}
