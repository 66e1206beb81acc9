package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Some flags are right by themselves and wrong beside others. together finds the
// pairs with which a component would not start. It gets the flags that reach the
// component, and answers with faults by the flag that they are about.
func together(of component, flags map[string]string) map[string]string {
	faults := map[string]string{}
	switch of {
	case componentAPIServer:
		apiServerTogether(flags, faults)
	case componentKubelet:
		kubeletTogether(flags, faults)
	default: // the two that elect a leader
	}
	electionTogether(flags, faults)
	for flag, why := range faults {
		faults[flag] = fmt.Sprintf("--%s: %s, and the %s would not start", flag, why, of)
	}
	return faults
}

// https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/kubeapiserver/options
func apiServerTogether(flags, faults map[string]string) {
	for _, plugin := range listed(flags[flagDisablePlugins]) {
		if slices.Contains(listed(flags[flagEnablePlugins]), plugin) {
			faults[flagDisablePlugins] = plugin + " is enabled, too"
		}
	}
	if slices.Contains(listed(flags[flagEnablePlugins]), "ImagePolicyWebhook") && flags["admission-control-config-file"] == "" {
		faults[flagEnablePlugins] = "ImagePolicyWebhook needs its settings in --admission-control-config-file"
	}
	needs := func(flag, other string) {
		if flags[flag] != "" && flags[other] == "" {
			faults[flag] = "it needs --" + other
		}
	}
	needs("oidc-issuer-url", "oidc-client-id")
	needs("oidc-client-id", "oidc-issuer-url")
	if url := flags["oidc-issuer-url"]; url != "" && !strings.HasPrefix(url, "https://") {
		faults["oidc-issuer-url"] = fmt.Sprintf("%q does not begin with https://", url)
	}
	if on, _ := strconv.ParseBool(flags["encryption-provider-config-automatic-reload"]); on {
		needs("encryption-provider-config-automatic-reload", "encryption-provider-config")
	}
	if flags["authentication-config"] == "" {
		return
	}
	for _, flag := range slices.Sorted(maps.Keys(flags)) {
		if strings.HasPrefix(flag, "oidc-") || flag == flagAnonymousAuth {
			faults[flag] = "it excludes --authentication-config, whose file says the same"
		}
	}
}

// https://github.com/kubernetes/kubernetes/tree/v1.37.2/pkg/kubelet/apis/config/validation
func kubeletTogether(flags, faults map[string]string) {
	graces := map[string]bool{}
	for _, element := range listed(flags["eviction-soft-grace-period"]) {
		signal, _, _ := strings.Cut(element, "=")
		graces[signal] = true
	}
	for _, element := range listed(flags["eviction-soft"]) {
		if signal, _, _ := strings.Cut(element, "<"); !graces[signal] {
			faults["eviction-soft"] = signal + " has no time in --eviction-soft-grace-period"
		}
	}
	enforced := listed(flags["enforce-node-allocatable"])
	for _, what := range []string{"kube-reserved", "system-reserved"} {
		if (slices.Contains(enforced, what) || slices.Contains(enforced, what+"-compressible")) && flags[what+"-cgroup"] == "" {
			faults["enforce-node-allocatable"] = fmt.Sprintf("%s needs --%s-cgroup", what, what)
		}
	}
	if slices.Contains(enforced, "none") && len(enforced) > 1 {
		faults["enforce-node-allocatable"] = "none excludes all others"
	}
	perQOS, err := strconv.ParseBool(flags["cgroups-per-qos"])
	if _, said := flags["enforce-node-allocatable"]; err == nil && !perQOS && (!said || slices.ContainsFunc(enforced, func(s string) bool { return s != "none" })) {
		faults["cgroups-per-qos"] = `it cannot be off while pods are held to what a node can give; --enforce-node-allocatable=none turns that off, too`
	}
	if flags["cpu-manager-policy"] == "static" && flags["reserved-cpus"] == "" && reserves(flags, "cpu").Sign() <= 0 {
		faults["cpu-manager-policy"] = "static needs processors that are kept back: cpu in --kube-reserved or --system-reserved"
	}
	if flags["memory-manager-policy"] == "Static" && flags["reserved-memory"] == "" {
		faults["memory-manager-policy"] = "Static needs --reserved-memory"
	}
	if flags["system-cgroups"] != "" && flags["cgroup-root"] == "" {
		faults["system-cgroups"] = "it needs --cgroup-root"
	}
}

// reserves adds up what is kept back of a resource.
func reserves(flags map[string]string, name string) *resource.Quantity {
	sum := &resource.Quantity{}
	for _, flag := range []string{"kube-reserved", "system-reserved"} {
		for _, element := range listed(flags[flag]) {
			if key, amount, _ := strings.Cut(element, "="); key == name {
				if quantity, err := resource.ParseQuantity(amount); err == nil {
					sum.Add(quantity)
				}
			}
		}
	}
	return sum
}

// electionTogether holds the times of an election against each other. Those that
// are not given are Kubernetes' own:
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/component-base/config/v1alpha1/defaults.go
func electionTogether(flags, faults map[string]string) {
	const lease, renew, retry = "leader-elect-lease-duration", "leader-elect-renew-deadline", "leader-elect-retry-period"
	times := map[string]time.Duration{lease: 15 * time.Second, renew: 10 * time.Second, retry: 2 * time.Second}
	given := ""
	for _, flag := range []string{lease, renew, retry} {
		if d, err := time.ParseDuration(flags[flag]); err == nil {
			times[flag], given = d, flag
		}
	}
	switch {
	case given == "":
	case times[lease] <= times[renew]:
		faults[given] = fmt.Sprintf("the lease of %s must be longer than the %s in which it is renewed", times[lease], times[renew])
	case times[renew] <= times[retry] || times[retry] <= 0:
		faults[given] = fmt.Sprintf("the %s in which a lease is renewed must be longer than the %s between two tries", times[renew], times[retry])
	}
}
