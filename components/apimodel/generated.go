package apimodel

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// AKS Engine writes a definition back with every default filled in, as
// _output/<dnsPrefix>/apimodel.json, and that file is often the only one that is
// left of a cluster. A default of AKS Engine's own asks for nothing. Where it would
// be refused if somebody had written it, it is left out of such a file.

// The defaults, as the last commit of AKS Engine fills them in:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/defaults.go
const (
	engineDiskCaching = "ReadOnly"
	engineIdleTimeout = 30 // minutes
	flagClusterCIDR   = "cluster-cidr"
	// emptyInPowerShell is an empty value of a Windows kubelet's flag, quoted for
	// AKS Engine's own script.
	emptyInPowerShell = `""""`
)

// engineAddons are refused add-ons that AKS Engine switches on by itself.
var engineAddons = []string{"audit-policy", "kubernetes-dashboard", "pod-security-policy"}

// whole tells whether an object has a value for each of its keys.
func (e entry) whole(n *yaml.Node) bool {
	return !slices.ContainsFunc(e.entries, func(child entry) bool {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if strings.EqualFold(n.Content[i].Value, child.key) && !empty(n.Content[i+1]) {
				return false
			}
		}
		return true
	})
}

// leaveOutDefaults takes AKS Engine's own defaults out of a definition that it wrote.
func (d *decoder) leaveOutDefaults(def *Definition) {
	if !d.generated {
		return
	}
	for _, p := range def.Properties.AgentPoolProfiles {
		if p == nil {
			continue
		}
		if len(p.DiskSizesGB) == 0 && p.DataDiskCachingType == engineDiskCaching {
			p.DataDiskCachingType = ""
		}
		if p.KubernetesConfig != nil {
			for flag, value := range p.KubernetesConfig.KubeletConfig {
				if value == emptyInPowerShell {
					p.KubernetesConfig.KubeletConfig[flag] = ""
				}
			}
		}
	}
	d.leaveOutFlags(def)
	if w := def.Properties.WindowsProfile; w != nil && w.AdminPassword == samplePassword {
		w.AdminPassword = ""
		d.substitute(pathAdminPassword, "is the password of AKS Engine's examples, which everybody knows; the Windows nodes get another, which is generated",
			"give one with --windows-admin-password-file, or remove it")
	}
	o := def.Properties.OrchestratorProfile
	if o == nil || o.KubernetesConfig == nil {
		return
	}
	k := o.KubernetesConfig
	if def.HasExistingSubnets() && k.OutboundRuleIdleTimeoutInMinutes == engineIdleTimeout {
		k.OutboundRuleIdleTimeoutInMinutes = 0
	}
	if key, found := keyOf(k.ControllerManagerConfig, flagClusterCIDR); found && k.ControllerManagerConfig[key] == k.ClusterSubnet {
		delete(k.ControllerManagerConfig, key)
	}
	for i, a := range k.Addons {
		if a == nil || !slices.Contains(engineAddons, a.Name) || a.Enabled == nil || !*a.Enabled {
			continue
		}
		a.Enabled = new(false)
		verdict, _ := findAddon(a.Name)
		d.substitute(indexPath(pathKubernetes+".addons", i)+".enabled",
			fmt.Sprintf("%q, which AKS Engine switched on by itself, is not installed: %s", a.Name, verdict.Reason), verdict.Remedy)
	}
}
