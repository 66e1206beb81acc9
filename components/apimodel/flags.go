package apimodel

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The kubelet's flags that settings of the definition stand for.
const (
	flagMaxPods       = "max-pods"
	flagGCHigh        = "image-gc-high-threshold"
	flagGCLow         = "image-gc-low-threshold"
	flagRegisterTaint = "register-with-taints"
	flagNodeLabels    = "node-labels"
	flagFeatureGates  = "feature-gates"
)

// Flags returns command-line flags by their bare names: "--max-pods" becomes
// "max-pods".
func Flags(config map[string]string) map[string]string {
	flags := make(map[string]string, len(config))
	for name, value := range config {
		flags[flagName(name)] = value
	}
	return flags
}

// KubeletFlags returns the kubelet's flags of the masters (a nil pool) or of a
// pool, by their bare names: those of the cluster, with the profile's own laid
// over them. Flags that the release's kubelet does not know are not among them,
// nor are those that the program sets itself. Labels and taints are not either;
// see [Definition.NodeLabels] and [Definition.NodeTaints].
func (d *Definition) KubeletFlags(pool *AgentPoolProfile) map[string]string {
	flags := map[string]string{}
	system := Linux
	if pool != nil {
		system = pool.OSType
	}
	lay := func(maxPods, high, low int, config map[string]string) {
		for name, value := range map[string]int{flagMaxPods: maxPods, flagGCHigh: high, flagGCLow: low} {
			if value != 0 {
				flags[name] = strconv.Itoa(value)
			}
		}
		maps.Copy(flags, d.passed(componentKubelet, system, config))
	}
	if k := d.kubernetes(); k != nil {
		lay(k.MaxPods, k.GCHighThreshold, k.GCLowThreshold, k.KubeletConfig)
	}
	if own := d.ownKubernetes(pool); own != nil {
		lay(own.MaxPods, own.GCHighThreshold, own.GCLowThreshold, own.KubeletConfig)
	}
	return flags
}

// APIServerFlags returns the API server's flags by their bare names, without
// those that the release does not know or that kubeadm sets.
func (d *Definition) APIServerFlags() map[string]string {
	if k := d.kubernetes(); k != nil {
		return d.passed(componentAPIServer, Linux, k.APIServerConfig)
	}
	return map[string]string{}
}

// ControllerManagerFlags is APIServerFlags of the controller-manager.
func (d *Definition) ControllerManagerFlags() map[string]string {
	if k := d.kubernetes(); k != nil {
		return d.passed(componentControllerManager, Linux, k.ControllerManagerConfig)
	}
	return map[string]string{}
}

// SchedulerFlags is APIServerFlags of the scheduler.
func (d *Definition) SchedulerFlags() map[string]string {
	if k := d.kubernetes(); k != nil {
		return d.passed(componentScheduler, Linux, k.SchedulerConfig)
	}
	return map[string]string{}
}

// passed are the flags of a config that reach the component.
func (d *Definition) passed(of component, system OSType, config map[string]string) map[string]string {
	flags := map[string]string{}
	for name, value := range config {
		if j := judgeFlag(of, d.minor(), system, name, value); j.pass {
			flags[j.name] = j.value
		}
	}
	return flags
}

// minor is the release whose flags are known: the definition's, or the default
// where that is not supported.
func (d *Definition) minor() string {
	if r := d.Release(); r.Minor != "" {
		return r.Minor
	}
	return DefaultRelease
}

func (d *Definition) kubernetes() *KubernetesConfig {
	if o := d.Properties.OrchestratorProfile; o != nil {
		return o.KubernetesConfig
	}
	return nil
}

// HasWindows tells whether a pool has Windows nodes.
func (d *Definition) HasWindows() bool {
	return slices.ContainsFunc(d.Properties.AgentPoolProfiles, func(p *AgentPoolProfile) bool { return p != nil && p.OSType == Windows })
}

// ownKubernetes are the settings of a pool, or of the masters for a nil pool.
func (d *Definition) ownKubernetes(pool *AgentPoolProfile) *NodeKubernetesConfig {
	switch {
	case pool != nil:
		return pool.KubernetesConfig
	case d.Properties.MasterProfile != nil:
		return d.Properties.MasterProfile.KubernetesConfig
	}
	return nil
}

// MaxPods is the most pods that the kubelets of a pool take, or those of the
// masters for a nil pool.
func (d *Definition) MaxPods(pool *AgentPoolProfile) int {
	if n, err := strconv.Atoi(d.KubeletFlags(pool)[flagMaxPods]); err == nil && n > 0 {
		return n
	}
	return defaultMaxPods
}

// maxPods is the cluster's number of pods of a node, before a profile's own.
func (d *Definition) maxPods() int {
	k := d.kubernetes()
	if k == nil {
		return defaultMaxPods
	}
	if n, err := strconv.Atoi(Flags(k.KubeletConfig)[flagMaxPods]); err == nil && n > 0 {
		return n
	}
	if k.MaxPods > 0 {
		return k.MaxPods
	}
	return defaultMaxPods
}

// NodeLabels returns the labels that nodes of a pool register with, or the
// masters for a nil pool: those that AKS Engine's users wrote as a kubelet flag,
// with the pool's own laid over them.
func (d *Definition) NodeLabels(pool *AgentPoolProfile) map[string]string {
	labels := map[string]string{}
	for _, text := range d.kubeletFlagOf(pool, flagNodeLabels) {
		key, value, _ := strings.Cut(text, "=")
		labels[key] = value
	}
	if pool != nil {
		maps.Copy(labels, pool.CustomNodeLabels)
	}
	return labels
}

// NodeTaints returns the taints that a pool's nodes register with: its own and
// those that AKS Engine's users wrote as a kubelet flag, sorted.
func (d *Definition) NodeTaints(pool *AgentPoolProfile) []string {
	taints := append(slices.Clone(pool.Taints), d.kubeletFlagOf(pool, flagRegisterTaint)...)
	slices.Sort(taints)
	return slices.Compact(taints)
}

// kubeletFlagOf returns the elements of a flag that is a list, the cluster's
// first.
func (d *Definition) kubeletFlagOf(pool *AgentPoolProfile, flag string) []string {
	var elements []string
	if k := d.kubernetes(); k != nil {
		elements = listed(Flags(k.KubeletConfig)[flag])
	}
	if own := d.ownKubernetes(pool); own != nil {
		elements = append(elements, listed(Flags(own.KubeletConfig)[flag])...)
	}
	return elements
}

// listed takes a comma-separated flag apart.
func listed(value string) []string {
	var elements []string
	for element := range strings.SplitSeq(value, ",") {
		if element = strings.TrimSpace(element); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}
