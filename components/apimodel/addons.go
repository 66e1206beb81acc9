package apimodel

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// EnabledAddon returns an optional add-on as the definition has it, or nil where
// it is not switched on.
func (d *Definition) EnabledAddon(name string) *Addon {
	o := d.Properties.OrchestratorProfile
	if o == nil || o.KubernetesConfig == nil {
		return nil
	}
	for _, a := range o.KubernetesConfig.Addons {
		if a != nil && a.Name == name && (a.Enabled == nil || *a.Enabled) {
			return a
		}
	}
	return nil
}

// Autoscaling is what Cluster Autoscaler is told.
type Autoscaling struct {
	// Flags are command-line flags of its, without dashes.
	Flags map[string]string
	// Pools are the pools that it scales, by name.
	Pools []AutoscaledPool
}

// AutoscaledPool is a pool that Cluster Autoscaler scales.
type AutoscaledPool struct {
	Pool *AgentPoolProfile
	// Min and Max bound the number of its nodes.
	Min, Max int
}

// Autoscaling returns what Cluster Autoscaler is told, or nil where it is not
// switched on or has no pool to scale. The definition must be valid.
//
// A pool with as many nodes at least as at most is none to scale: its number of
// nodes stays the definition's.
func (d *Definition) Autoscaling() *Autoscaling {
	a := d.EnabledAddon(AddonClusterAutoscaler)
	if a == nil {
		return nil
	}
	scaling := &Autoscaling{Flags: map[string]string{}}
	verdict, _ := findAddon(a.Name)
	for _, s := range verdict.Settings {
		if value, ok := a.Config[s.Key]; ok && s.Verdict == Supported && value != "" {
			scaling.Flags[s.Key] = value
		}
	}
	for _, p := range d.sortedPools() {
		if low, high := d.poolRange(p); low < high {
			scaling.Pools = append(scaling.Pools, AutoscaledPool{Pool: p, Min: low, Max: high})
		}
	}
	if len(scaling.Pools) == 0 {
		return nil
	}
	return scaling
}

// IsAutoscaled tells whether something else than the definition decides how many
// nodes a pool has, once it is there.
func (d *Definition) IsAutoscaled(p *AgentPoolProfile) bool {
	low, high := d.poolRange(p)
	return low < high
}

// MostNodes is how many nodes a pool may come to have.
func (d *Definition) MostNodes(p *AgentPoolProfile) int {
	_, high := d.poolRange(p)
	return max(p.Count, high)
}

// poolRange is the range in which a pool is scaled; its count where it is not.
func (d *Definition) poolRange(p *AgentPoolProfile) (low, high int) {
	a := d.EnabledAddon(AddonClusterAutoscaler)
	if a == nil || !p.IsScaleSet() {
		return p.Count, p.Count
	}
	i := slices.IndexFunc(a.Pools, func(s *AddonPool) bool { return s != nil && s.Name == p.Name })
	if i < 0 {
		return p.Count, p.Count
	}
	bound := func(key string) int {
		n, err := strconv.Atoi(a.Pools[i].Config[key])
		if err != nil {
			return p.Count
		}
		return n
	}
	return bound(settingMinNodes), bound(settingMaxNodes)
}

// ProblemMonitors are the configurations of node-problem-detector's monitors:
// paths in its image.
type ProblemMonitors struct {
	SystemLog, CustomPlugin, SystemStats []string
}

// ProblemMonitors returns what node-problem-detector watches, or nil where it is
// not switched on.
func (d *Definition) ProblemMonitors() *ProblemMonitors {
	a := d.EnabledAddon(AddonNodeProblemDetector)
	if a == nil {
		return nil
	}
	files := func(key string) []string {
		return strings.FieldsFunc(a.Config[key], func(r rune) bool { return r == ',' || r == ' ' })
	}
	m := &ProblemMonitors{
		SystemLog: files(settingSystemLogMonitor), CustomPlugin: files(settingCustomMonitor), SystemStats: files(settingSystemStatsMonitor),
	}
	if len(m.SystemLog)+len(m.CustomPlugin)+len(m.SystemStats) == 0 {
		m.SystemLog = []string{"/config/kernel-monitor.json"}
	}
	return m
}

// ContainerMonitoring is where the agents of Azure Monitor send to.
type ContainerMonitoring struct {
	// ClusterName is the cluster's name in the workspace.
	ClusterName string
	// WorkspaceID is an existing workspace, by resource id; empty for one that is
	// made, or one that is given by GUID and key.
	WorkspaceID string
	// WorkspaceGUID and WorkspaceKey are those of a workspace that is only sent to.
	// The key is a secret.
	WorkspaceGUID, WorkspaceKey string
	// Onboard tells whether the workspace gets the ContainerInsights solution, and
	// the cluster's identity a role there.
	Onboard bool
}

// ContainerMonitoring returns what the add-on says, or nil where it is not switched
// on. The definition must be defaulted and valid.
func (d *Definition) ContainerMonitoring() *ContainerMonitoring {
	a := d.EnabledAddon(AddonContainerMonitoring)
	if a == nil {
		return nil
	}
	m := &ContainerMonitoring{ClusterName: a.Config[settingClusterName], WorkspaceID: a.Config[settingWorkspaceID]}
	if m.ClusterName == "" && d.Properties.MasterProfile != nil {
		m.ClusterName = d.Properties.MasterProfile.DNSPrefix
	}
	m.WorkspaceGUID, _ = plainGUID(a.Config[settingWorkspaceGUID])
	m.WorkspaceKey, _ = plainKey(a.Config[settingWorkspaceKey])
	known := m.WorkspaceID != "" || m.WorkspaceGUID != ""
	m.Onboard = !known || m.WorkspaceID != "" && a.Config[settingOnboardWorkspace] == "true"
	return m
}

// plainGUID takes a workspace's id as it is or in base64.
func plainGUID(value string) (string, bool) {
	if isUUID(value) {
		return value, true
	}
	decoded, err := base64.StdEncoding.DecodeString(value)
	if text := strings.TrimSpace(string(decoded)); err == nil && isUUID(text) {
		return text, true
	}
	return "", false
}

// plainKey takes a workspace's key, which is random bytes in base64, as it is or in
// base64 once more. Random bytes are not base64 by chance.
func plainKey(value string) (string, bool) {
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(decoded) == 0 {
		return "", false
	}
	inner := strings.TrimSpace(string(decoded))
	if random, err := base64.StdEncoding.DecodeString(inner); err == nil && len(random) > 0 {
		return inner, true
	}
	return value, true
}

// sortedKeys are the keys of an add-on's config.
func sortedKeys(config map[string]string) []string { return slices.Sorted(maps.Keys(config)) }
