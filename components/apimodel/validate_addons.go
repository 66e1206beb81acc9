package apimodel

import (
	"fmt"
	"slices"
)

// installedAddons are those that every cluster has, under AKS Engine's names.
// They cannot be switched off or tuned.
func installedAddons() []string {
	return []string{"azure-cloud-provider", "calico-daemonset", "cloud-node-manager", "coredns", "kube-proxy"}
}

// laterAddons are AKS Engine's other add-ons:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/common/const.go
func laterAddons() []string {
	return []string{
		"aad", "aad-pod-identity", "aci-connector", "antrea", "appgw-ingress", "audit-policy",
		"azure-arc-onboarding", "azure-cni-networkmonitor", "azure-csi-storage-classes", "azure-npm-daemonset",
		"azure-policy", "azure-storage-classes", "azuredisk-csi-driver", "azurefile-csi-driver",
		"blobfuse-flexvolume", "cilium", "cluster-autoscaler", "container-monitoring", "csi-secrets-store",
		"flannel", "ip-masq-agent", "keyvault-flexvolume", "kube-dns", "kubernetes-dashboard", "metrics-server",
		"node-problem-detector", "nvidia-device-plugin", "pod-security-policy", "rescheduler",
		"scheduled-maintenance", "smb-flexvolume", "tiller",
	}
}

func (c *checker) addons(addons []*Addon) {
	const path = "properties.orchestratorProfile.kubernetesConfig.addons"
	seen := map[string]bool{}
	for i, a := range addons {
		at := indexPath(path, i)
		if a == nil {
			c.fault(at, "must be an object, is null", "remove it")
			continue
		}
		if seen[a.Name] && a.Name != "" {
			c.fault(at+".name", fmt.Sprintf("%q is listed twice", a.Name), "remove one of them")
		}
		seen[a.Name] = true
		c.addon(at, a)
	}
}

func (c *checker) addon(path string, a *Addon) {
	enabled := a.Enabled == nil || *a.Enabled
	switch {
	case a.Name == "":
		c.fault(path+".name", "is missing", "name the add-on, for example coredns")
	case slices.Contains(installedAddons(), a.Name):
		if !enabled {
			c.warn(path+".enabled", fmt.Sprintf("%q is part of every cluster and stays on", a.Name), "remove the add-on from the list")
		}
		if len(a.Config) > 0 {
			c.fault(path+".config", fmt.Sprintf("settings of the add-on %q are not supported yet", a.Name), "remove them")
		}
	case slices.Contains(laterAddons(), a.Name):
		if enabled {
			c.fault(path+".name", fmt.Sprintf("the AKS Engine add-on %q is not supported yet", a.Name),
				fmt.Sprintf("remove it, or give --set %s.enabled=false", path[len("properties."):]))
		}
	default:
		remedy := "remove it"
		if near := closest(a.Name, append(installedAddons(), laterAddons()...)); near != "" {
			remedy = fmt.Sprintf("did you mean %q?", near)
		}
		c.fault(path+".name", fmt.Sprintf("%q is no add-on that is known", a.Name), remedy)
	}
}
