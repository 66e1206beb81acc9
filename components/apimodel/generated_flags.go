package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// engineFlags are values of flags that AKS Engine, or acs-engine before it, wrote
// into every definition, and with which no component of today would start or no node
// could join. They are left out of a definition that AKS Engine wrote.
//
// https://github.com/Azure/aks-engine/blob/master/pkg/api/defaults-apiserver.go and
// the files beside it, and the same of https://github.com/Azure/acs-engine
var engineFlags = map[component]map[string]string{
	componentAPIServer: {flagAnonymousAuth: "false"},
}

// engineGates are feature gates that they switched on and that came to nothing.
var engineGates = []string{"Accelerators=true"}

// leaveOutFlags takes flags that AKS Engine wrote, and that cannot work, out of a
// definition.
func (d *decoder) leaveOutFlags(def *Definition) {
	if o := def.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil {
		k := o.KubernetesConfig
		d.leaveOutOf(pathKubernetes+".apiServerConfig", componentAPIServer, k.APIServerConfig)
		d.leaveOutOf(pathKubernetes+".controllerManagerConfig", componentControllerManager, k.ControllerManagerConfig)
		d.leaveOutOf(pathKubernetes+".schedulerConfig", componentScheduler, k.SchedulerConfig)
		d.leaveOutOf(pathKubernetes+".kubeletConfig", componentKubelet, k.KubeletConfig)
	}
	if m := def.Properties.MasterProfile; m != nil && m.KubernetesConfig != nil {
		d.leaveOutOf(pathMasterKubelet, componentKubelet, m.KubernetesConfig.KubeletConfig)
	}
	for i, p := range def.Properties.AgentPoolProfiles {
		if p != nil && p.KubernetesConfig != nil {
			d.leaveOutOf(poolPath(i)+".kubernetesConfig.kubeletConfig", componentKubelet, p.KubernetesConfig.KubeletConfig)
		}
	}
}

func (d *decoder) leaveOutOf(path string, of component, config map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		at, flag, value := mapPath(path, key), flagName(key), config[key]
		if engine, ok := engineFlags[of][flag]; ok && engine == value {
			delete(config, key)
			j := judgeFlag(of, DefaultRelease, Linux, key, value)
			d.substitute(at, fmt.Sprintf("--%s=%s, which AKS Engine wrote by itself, is left out: %s", flag, value, j.fault), j.remedy)
			continue
		}
		switch flag {
		case flagFeatureGates:
			d.leaveOutElements(at, config, key, "feature gates", func(gate string) bool { return slices.Contains(engineGates, gate) })
		case flagEnablePlugins, flagAdmissionControl:
			if of == componentAPIServer {
				d.leaveOutElements(at, config, key, "admission plugins", func(plugin string) bool { return retiredPlugins[plugin] != "" })
			}
		}
	}
}

// leaveOutElements takes elements out of a flag that is a list.
func (d *decoder) leaveOutElements(at string, config map[string]string, key, what string, gone func(string) bool) {
	var kept, left []string
	for _, element := range listed(config[key]) {
		if gone(element) {
			left = append(left, element)
		} else {
			kept = append(kept, element)
		}
	}
	if len(left) == 0 {
		return
	}
	config[key] = strings.Join(kept, ",")
	d.substitute(at, fmt.Sprintf("%s that AKS Engine wrote by itself and that Kubernetes of today does not have are left out: %s", what, strings.Join(left, ", ")),
		"remove them from the list")
}
