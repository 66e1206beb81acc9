package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The kubelet's flags that settings of the definition stand for.
const (
	flagMaxPods       = "max-pods"
	flagGCHigh        = "image-gc-high-threshold"
	flagGCLow         = "image-gc-low-threshold"
	flagRegisterTaint = "register-with-taints"
)

// Flags returns command-line flags by their bare names: "--max-pods" becomes
// "max-pods".
func Flags(config map[string]string) map[string]string {
	flags := make(map[string]string, len(config))
	for name, value := range config {
		flags[strings.TrimLeft(name, "-")] = value
	}
	return flags
}

// KubeletFlags returns the kubelet's flags of the masters (a nil pool) or of a
// pool, by their bare names: those of the cluster, with the profile's own laid
// over them. Taints are not among them; see [AgentPoolProfile.NodeTaints].
func (d *Definition) KubeletFlags(pool *AgentPoolProfile) map[string]string {
	flags := map[string]string{}
	lay := func(maxPods, high, low int, config map[string]string) {
		for name, value := range map[string]int{flagMaxPods: maxPods, flagGCHigh: high, flagGCLow: low} {
			if value != 0 {
				flags[name] = fmt.Sprint(value)
			}
		}
		maps.Copy(flags, Flags(config))
	}
	if o := d.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil {
		k := o.KubernetesConfig
		lay(k.MaxPods, k.GCHighThreshold, k.GCLowThreshold, k.KubeletConfig)
	}
	var own *NodeKubernetesConfig
	switch {
	case pool != nil:
		own = pool.KubernetesConfig
	case d.Properties.MasterProfile != nil:
		own = d.Properties.MasterProfile.KubernetesConfig
	}
	if own != nil {
		lay(own.MaxPods, own.GCHighThreshold, own.GCLowThreshold, own.KubeletConfig)
	}
	delete(flags, flagRegisterTaint)
	return flags
}

// maxPods is the cluster's number of pods of a node, before a profile's own.
func (d *Definition) maxPods() int {
	if o := d.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil && o.KubernetesConfig.MaxPods > 0 {
		return o.KubernetesConfig.MaxPods
	}
	return defaultMaxPods
}

// NodeTaints returns the taints that a pool's nodes register with: its own and
// those that AKS Engine's users wrote as a kubelet flag, sorted.
func (d *Definition) NodeTaints(pool *AgentPoolProfile) []string {
	taints := slices.Clone(pool.Taints)
	var configs []map[string]string
	if o := d.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil {
		configs = append(configs, o.KubernetesConfig.KubeletConfig)
	}
	if pool.KubernetesConfig != nil {
		configs = append(configs, pool.KubernetesConfig.KubeletConfig)
	}
	for _, config := range configs {
		for taint := range strings.SplitSeq(Flags(config)[flagRegisterTaint], ",") {
			if taint = strings.TrimSpace(taint); taint != "" {
				taints = append(taints, taint)
			}
		}
	}
	slices.Sort(taints)
	return slices.Compact(taints)
}
