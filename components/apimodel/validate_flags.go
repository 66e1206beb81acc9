package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const pathMasterKubelet = pathMaster + ".kubernetesConfig.kubeletConfig"

// clusterFlags checks the flags and limits that hold for all nodes, and those of
// the control plane.
func (c *checker) clusterFlags(k *KubernetesConfig) {
	c.componentFlags(pathKubernetes+".kubeletConfig", componentKubelet, "", k.KubeletConfig)
	c.flagsTogether(pathKubernetes+".kubeletConfig", componentKubelet, k.KubeletConfig, c.d.clusterKubeletFlags())
	c.controlPlaneFlags("apiServerConfig", componentAPIServer, k.APIServerConfig, c.d.APIServerFlags())
	c.controlPlaneFlags("controllerManagerConfig", componentControllerManager, k.ControllerManagerConfig, c.d.ControllerManagerFlags())
	c.controlPlaneFlags("schedulerConfig", componentScheduler, k.SchedulerConfig, c.d.SchedulerFlags())
	c.maxPods(pathKubernetes, Linux, k.MaxPods, k.KubeletConfig)
	c.gcThresholds(pathKubernetes, k.GCHighThreshold, k.GCLowThreshold, k.KubeletConfig, c.d.clusterKubeletFlags())
	c.proxyMode(k.KubeProxyMode)
	c.nodeFlags(pathMaster+".kubernetesConfig", Linux, nil)
	for i, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil {
			c.nodeFlags(poolPath(i)+".kubernetesConfig", p.OSType, p)
			c.windowsPods(i, p, k)
			if p.OSType != Windows {
				c.protectedKernel(poolPath(i), &p.MachineProfile, c.d.KubeletFlags(p))
			}
		}
	}
	if m := c.d.Properties.MasterProfile; m != nil {
		c.protectedKernel(pathMaster, &m.MachineProfile, c.d.KubeletFlags(nil))
	}
}

// nodeFlags checks the flags and limits of a pool, or of the masters.
func (c *checker) nodeFlags(path string, system OSType, pool *AgentPoolProfile) {
	own := c.d.ownKubernetes(pool)
	if own == nil {
		return
	}
	c.componentFlags(path+".kubeletConfig", componentKubelet, system, own.KubeletConfig)
	if system != Windows { // it has no cgroups and no NUMA nodes, and warns
		c.flagsTogether(path+".kubeletConfig", componentKubelet, own.KubeletConfig, c.d.KubeletFlags(pool))
	}
	// A Windows pool takes the cluster's number, whose mistake was told.
	if own.MaxPods != c.d.maxPods() || own.MaxPods >= minPods {
		c.maxPods(path, system, own.MaxPods, own.KubeletConfig)
	}
	if own.GCHighThreshold != 0 || own.GCLowThreshold != 0 || len(own.KubeletConfig) > 0 {
		c.gcThresholds(path, own.GCHighThreshold, own.GCLowThreshold, own.KubeletConfig, c.d.KubeletFlags(pool))
	}
	if key, found := keyOf(own.KubeletConfig, flagRegisterTaint); pool == nil && found {
		c.substitute(mapPath(pathMasterKubelet, key), "has no effect on the masters, which kubeadm taints", "move it to the pools it is for")
	}
}

// keyOf returns the key that a config has for a flag.
func keyOf(config map[string]string, flag string) (key string, found bool) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if flagName(key) == flag {
			return key, true
		}
	}
	return "", false
}

// componentFlags checks the flags of one component.
func (c *checker) componentFlags(path string, of component, system OSType, config map[string]string) {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		at := mapPath(path, key)
		j := judgeFlag(of, c.d.minor(), system, key, config[key])
		if other, taken := seen[j.name]; taken {
			c.fault(at, fmt.Sprintf("%q and %q are one flag", key, other), "remove one of them")
			continue
		}
		seen[j.name] = key
		switch {
		case j.fault != "" && config[key] != "" && config[key] == c.setting(j.name):
			c.substitute(at, fmt.Sprintf("--%s is set by the program, to the same value", j.name), "remove it")
		case j.fault != "":
			c.fault(at, j.fault, j.remedy)
		case j.note != "":
			c.substitute(at, j.note, j.remedy)
		case of == componentKubelet && j.name == flagNodeLabels:
			c.labelFlag(at, config[key])
		case of == componentKubelet && j.name == flagRegisterTaint && path != pathMasterKubelet:
			c.taintFlag(at, config[key])
		}
	}
}

// flagsTogether checks the flags that reach a component, beside each other. The
// config is what the profile says of its own, and the path its place.
func (c *checker) flagsTogether(path string, of component, config, reached map[string]string) {
	faults := together(of, reached)
	for _, flag := range slices.Sorted(maps.Keys(faults)) {
		key, found := keyOf(config, flag)
		if !found && flag == flagEnablePlugins {
			key, found = keyOf(config, flagAdmissionControl)
		}
		if found {
			c.fault(mapPath(path, key), faults[flag], "correct the one or the other")
		}
	}
}

// setting is what the definition says elsewhere of a flag of the program's own. A
// definition that AKS Engine filled in says it twice.
func (c *checker) setting(flag string) string {
	k := c.d.kubernetes()
	switch flag {
	case "service-cluster-ip-range":
		return k.ServiceCIDR
	case "cluster-cidr":
		return k.ClusterSubnet
	case "cluster-dns":
		return k.DNSServiceIP
	}
	return ""
}

// labelFlag checks labels that were written as a flag.
func (c *checker) labelFlag(at, value string) {
	c.substitute(at, "the labels are set as customNodeLabels are", "write them as customNodeLabels to say so")
	for _, text := range listed(value) {
		key, labelValue, found := strings.Cut(text, "=")
		if !found {
			c.fault(at, fmt.Sprintf("%q is no label", text), "write key=value,key=value")
			continue
		}
		c.label(at, key, labelValue)
	}
}

// taintFlag checks taints that were written as a flag.
func (c *checker) taintFlag(at, value string) {
	for _, taint := range listed(value) {
		if message, remedy := taintProblem(taint); message != "" {
			c.fault(at, message, remedy)
		}
	}
}

// Limits of the pods of a node. Kubernetes is tested with 110:
// https://kubernetes.io/docs/setup/best-practices/cluster-large/
const (
	minPods    = 5 // AKS Engine's: the pods that every node runs
	manyPods   = 250
	testedPods = 110
)

// maxPods checks a number of pods, as a setting or as a flag, which wins.
func (c *checker) maxPods(path string, system OSType, setting int, config map[string]string) {
	at, n := path+".maxPods", setting
	if key, found := keyOf(config, flagMaxPods); found {
		at = mapPath(path+".kubeletConfig", key)
		parsed, err := strconv.Atoi(config[key])
		if err != nil {
			c.fault(at, fmt.Sprintf("%q is no number of pods", config[key]), "write a whole number, such as \"110\"")
			return
		}
		n = parsed
	} else if setting == 0 {
		return
	}
	switch {
	case n < minPods:
		c.fault(at, fmt.Sprintf("must be %d or more, is %d", minPods, n), fmt.Sprintf("leave it out to take %d", defaultMaxPods))
	case system == Windows && n > MaxWindowsPods:
		c.fault(at, fmt.Sprintf("must be %d or less on a Windows node, which has one block of pod addresses, is %d", MaxWindowsPods, n),
			fmt.Sprintf("leave it out to take %d, and add nodes", MaxWindowsPods))
	case n > manyPods:
		c.warn(at, fmt.Sprintf("%d pods of a node are more than the %d that Kubernetes is tested with", n, testedPods), "use more and smaller nodes")
	}
}

// windowsPods says that a Windows pool takes fewer pods than the cluster asks
// for, if it asks.
func (c *checker) windowsPods(i int, p *AgentPoolProfile, k *KubernetesConfig) {
	const cluster = pathKubernetes + ".maxPods"
	_, asFlag := keyOf(k.KubeletConfig, flagMaxPods)
	asked := asFlag || k.MaxPods != defaultMaxPods || c.d.source.has(cluster)
	own := poolPath(i) + ".kubernetesConfig.maxPods"
	if p.OSType != Windows || !asked || c.d.maxPods() <= MaxWindowsPods || c.d.source.has(own) || c.d.MaxPods(p) != MaxWindowsPods {
		return
	}
	c.substitute(own, fmt.Sprintf("maxPods is %d, and nodes of the Windows pool %q take %d: a Windows node has one block of pod addresses", c.d.maxPods(), p.Name, MaxWindowsPods),
		fmt.Sprintf("set maxPods of the pool to %d to say so", MaxWindowsPods))
}

// clusterKubeletFlags are the kubelets' flags before a profile's own.
func (d *Definition) clusterKubeletFlags() map[string]string {
	bare := Definition{Properties: Properties{OrchestratorProfile: d.Properties.OrchestratorProfile}}
	return bare.KubeletFlags(nil)
}

// The kubelet's own thresholds of image garbage collection, in per cent:
// https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
const defaultGCHigh, defaultGCLow = 85, 80

// gcThresholds checks the thresholds of a profile, which stand among the flags
// that its nodes get in the end.
func (c *checker) gcThresholds(path string, high, low int, config, flags map[string]string) {
	given := "" // where the threshold stands that is nearest to the mistake
	for _, t := range []struct {
		key, flag string
		setting   int
	}{{"gchighthreshold", flagGCHigh, high}, {"gclowthreshold", flagGCLow, low}} {
		at, n := path+"."+t.key, t.setting
		if key, found := keyOf(config, t.flag); found {
			at = mapPath(path+".kubeletConfig", key)
			parsed, err := strconv.Atoi(config[key])
			if err != nil {
				c.fault(at, fmt.Sprintf("%q is no per cent", config[key]), "write a whole number from 0 to 100")
				return
			}
			n = parsed
			given = at
		} else if n != 0 {
			given = at
		}
		if n < 0 || n > 100 {
			c.fault(at, fmt.Sprintf("must be 0 to 100 per cent, is %d", n), fmt.Sprintf("leave it out to take %d for the high threshold and %d for the low", defaultGCHigh, defaultGCLow))
			return
		}
	}
	upper, lower := percent(flags[flagGCHigh], defaultGCHigh), percent(flags[flagGCLow], defaultGCLow)
	if given != "" && lower >= upper {
		c.fault(given, fmt.Sprintf("the low threshold %d must be below the high one, %d: the kubelet would not start", lower, upper), "set both")
	}
}

func percent(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

func (c *checker) proxyMode(mode string) {
	modes := []string{"iptables", "ipvs", "nftables"}
	if !slices.Contains(modes, mode) {
		c.fault(pathKubernetes+".kubeProxyMode", fmt.Sprintf("%q is no mode of kube-proxy", mode), valueRemedy(mode, modes))
	}
	if mode == "ipvs" {
		// https://github.com/kubernetes/enhancements/issues/5495
		c.warn(pathKubernetes+".kubeProxyMode", "Kubernetes has deprecated kube-proxy's mode ipvs with 1.35, and a later release leaves it out", `use "nftables" or "iptables" for new clusters`)
	}
}
