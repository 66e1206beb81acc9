package apimodel

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// addonSettings checks the config of an optional add-on, and of its pools.
func (c *checker) addonSettings(at string, a *Addon, v AddonVerdict) {
	c.settings(at+".config", a.Name, a.Config, v.Settings)
	if len(a.Pools) > 0 && len(v.PoolSettings) == 0 {
		c.substitute(at+".pools", fmt.Sprintf("%q has no settings of a pool", a.Name), "remove them")
		return
	}
	switch a.Name {
	case AddonClusterAutoscaler:
		c.autoscaler(at, a, v)
	case AddonContainerMonitoring:
		c.monitoring(at, a)
	default:
	}
}

// settings checks the keys and the values of a config.
func (c *checker) settings(at, addon string, config map[string]string, known []AddonSetting) {
	for _, key := range sortedKeys(config) {
		where := mapPath(at, key)
		setting, ok := findSetting(known, key)
		switch {
		case !ok && addon == AddonClusterAutoscaler && poolLimits[key] != "":
			c.fault(where, fmt.Sprintf("%q is a limit of a pool, as files of AKS Engine had it until 2019, and the add-on's own config has none", key),
				fmt.Sprintf("write it as %s of the add-on's pools: \"pools\": [{\"name\": \"NAME\", \"config\": {%q: %q}}]", poolLimits[key], poolLimits[key], config[key]))
		case !ok:
			c.fault(where, fmt.Sprintf("%q is no setting of %q", key, addon), settingRemedy(key, known))
		case c.blank[where], config[key] == "":
		case setting.Verdict == Substituted:
			c.substitute(where, setting.Reason, "remove it")
		default:
			if want := setting.form.refuses(config[key]); want != "" {
				c.fault(where, fmt.Sprintf("%q is not %s", config[key], want), "write it so, or remove it")
			}
		}
	}
}

// poolLimits are the names that the limits of an autoscaled pool have had.
var poolLimits = map[string]string{
	"minNodes": settingMinNodes, "maxNodes": settingMaxNodes, settingMinNodes: settingMinNodes, settingMaxNodes: settingMaxNodes,
}

func findSetting(known []AddonSetting, key string) (AddonSetting, bool) {
	for _, s := range known {
		if s.Key == key {
			return s, true
		}
	}
	return AddonSetting{}, false
}

func settingRemedy(key string, known []AddonSetting) string {
	var keys []string
	for _, s := range known {
		if strings.EqualFold(s.Key, key) {
			return fmt.Sprintf("write it as %q", s.Key)
		}
		keys = append(keys, s.Key)
	}
	if near := closest(key, keys); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(keys) == 0 {
		return "remove it; the add-on has no settings"
	}
	return "remove it, or use one of: " + strings.Join(keys, ", ")
}

// refuses says what a value would have to be, or nothing where it is that.
func (f settingForm) refuses(value string) string {
	switch f {
	case settingCount:
		if n, err := strconv.Atoi(value); err != nil || n < 0 {
			return "a whole number that is not negative, in quotes"
		}
	case settingInteger:
		if _, err := strconv.Atoi(value); err != nil {
			return "a whole number, in quotes"
		}
	case settingFraction:
		if n, err := strconv.ParseFloat(value, 64); err != nil || n < 0 || n > 100 {
			return "a number from 0 to 100, in quotes"
		}
	case settingDuration:
		if d, err := time.ParseDuration(value); err != nil || d < 0 {
			return "a duration such as 10m or 1m30s"
		}
	case settingTruth:
		if value != "true" && value != "false" {
			return "true or false, in quotes"
		}
	case settingRange:
		low, high, ok := strings.Cut(value, ":")
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if !ok || err1 != nil || err2 != nil || from < 0 || from > to {
			return "two numbers such as 0:640, the lower one first"
		}
	case settingFiles:
		for file := range strings.SplitSeq(value, ",") {
			if file = strings.TrimSpace(file); !path.IsAbs(file) || path.Clean(file) != file || strings.ContainsAny(file, " \t\r\n") {
				return "a list of absolute paths, with commas between them"
			}
		}
	default:
		if strings.ContainsAny(value, "\r\n") {
			return "one line"
		}
	}
	return ""
}

// autoscaler checks which pools Cluster Autoscaler scales, and how far.
func (c *checker) autoscaler(at string, a *Addon, v AddonVerdict) {
	if p := c.d.Properties.ServicePrincipalProfile; p != nil && p.KeyvaultSecretRef != nil && c.d.usesPrincipal() {
		c.fault(at+".name", fmt.Sprintf("%q cannot log in as a service principal whose secret lies in a key vault", a.Name),
			"use a managed identity, or give the secret itself")
	}
	seen := map[string]bool{}
	for i, s := range a.Pools {
		where := indexPath(at+".pools", i)
		if s == nil {
			c.fault(where, "must be an object, is null", "remove it")
			continue
		}
		if seen[s.Name] && s.Name != "" {
			c.fault(where+".name", fmt.Sprintf("%q is listed twice", s.Name), "remove one of them")
			continue
		}
		seen[s.Name] = true
		c.settings(where+".config", a.Name, s.Config, v.PoolSettings)
		c.autoscaledPool(where, s)
	}
	if len(c.faults) == 0 && c.d.Autoscaling() == nil {
		c.warn(at+".name", fmt.Sprintf("%q is not installed, for no pool may have more nodes than it must have", a.Name),
			"name scale sets in its pools, with min-nodes and max-nodes")
	}
}

func (c *checker) autoscaledPool(at string, s *AddonPool) {
	if s.Name == "" {
		c.fault(at+".name", "is missing", "name the pool")
		return
	}
	var pool *AgentPoolProfile
	var names []string
	for _, p := range c.d.sortedPools() {
		names = append(names, p.Name)
		if p.Name == s.Name {
			pool = p
		}
	}
	switch {
	case pool == nil:
		c.fault(at+".name", fmt.Sprintf("there is no pool %q", s.Name), valueRemedy(s.Name, names))
		return
	case !pool.IsScaleSet():
		c.fault(at+".name", fmt.Sprintf("pool %q is an availability set, and only scale sets can be scaled", s.Name),
			"set its availabilityProfile to "+ScaleSets+", or leave it out here")
		return
	}
	low, high := c.d.poolRange(pool)
	switch {
	case low > high:
		c.fault(at+".config", fmt.Sprintf("min-nodes %d is more than max-nodes %d", low, high), "swap or correct them")
	case pool.Count < low || pool.Count > high:
		c.fault(at+".config", fmt.Sprintf("the pool starts with %s, which is not from min-nodes %d to max-nodes %d", amount(pool.Count, "node"), low, high),
			"correct the pool's count, or the range")
	case low == 0 && unknownToAutoscaler()[strings.ToLower(pool.VMSize)]:
		c.fault(at+".config", fmt.Sprintf("with min-nodes 0 the pool may become empty, and Cluster Autoscaler does not know the size %s: once it has restarted it makes no first node of it", pool.VMSize),
			"set min-nodes to 1, or use another size")
	default:
		most := *pool
		most.Count = high
		c.count(mapPath(at+".config", settingMaxNodes), &most)
		c.autoscalerTags(at, pool)
	}
}
