package apimodel

import (
	"fmt"
	"strings"
)

func (c *checker) addons(addons []*Addon) {
	const path = pathKubernetes + ".addons"
	seen := map[string]bool{}
	for i, a := range addons {
		at := indexPath(path, i)
		if a == nil {
			c.fault(at, "must be an object, is null", "remove it")
			continue
		}
		if seen[a.Name] && a.Name != "" {
			c.fault(at+".name", fmt.Sprintf("%q is listed twice", a.Name), "remove one of them")
			continue
		}
		seen[a.Name] = true
		c.addon(at, a)
	}
}

func (c *checker) addon(path string, a *Addon) {
	enabled := a.Enabled == nil || *a.Enabled
	verdict, known := findAddon(a.Name)
	switch {
	case a.Name == "":
		c.fault(path+".name", "is missing", "name the add-on, for example coredns")
	case !known:
		c.fault(path+".name", fmt.Sprintf("%q is no add-on that is known", a.Name), addonRemedy(a.Name))
	case verdict.Optional && enabled:
		c.addonSettings(path, a, verdict)
	case verdict.Optional:
	case verdict.Verdict == Supported && !enabled:
		c.warn(path+".enabled", fmt.Sprintf("%q is part of every cluster and stays on", a.Name), "remove the add-on from the list")
	case verdict.Verdict == Supported && len(a.Config) > 0:
		c.substitute(path+".config", fmt.Sprintf("settings of %q have no effect: it is set up for the release", a.Name), "remove them")
	case verdict.Verdict == Supported && len(a.Pools) > 0:
		c.substitute(path+".pools", fmt.Sprintf("settings of %q have no effect: it is set up for the release", a.Name), "remove them")
	case !enabled, verdict.Verdict == Supported:
	case verdict.Verdict == Substituted:
		c.substitute(path+".name", fmt.Sprintf("%q is not installed: %s", a.Name, verdict.Reason), "remove it")
	default:
		c.refusedAddon(path, verdict)
	}
}

func (c *checker) refusedAddon(path string, v AddonVerdict) {
	word := "not supported"
	if v.Later {
		word = "not supported yet"
	}
	remedy := v.Remedy
	if !strings.HasPrefix(remedy, "remove it") {
		remedy = "remove it, and " + remedy
	}
	c.fault(path+".name", fmt.Sprintf("the AKS Engine add-on %q is %s: %s", v.Name, word, v.Reason),
		fmt.Sprintf("%s; --set %s.enabled=false switches it off", remedy, strings.TrimPrefix(path, "properties.")))
}

func addonRemedy(name string) string {
	var names []string
	for _, v := range AddonVerdicts() {
		names = append(names, v.Name)
	}
	if near := closest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "remove it"
}
