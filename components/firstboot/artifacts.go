package firstboot

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// Artifacts lists what the definition's nodes fetch for their first boot, for the
// systems that it has: what every node of the release does, from where the
// mirrors have it, and what the definition names itself. Queries are left out of
// its URLs, for they may hold signatures.
func (c Cluster) Artifacts() []bootstrap.Artifact {
	d := c.Definition
	var list []bootstrap.Artifact
	for _, a := range bootstrap.Artifacts(d.Release()) {
		if a.OS != apimodel.Windows || d.HasWindows() {
			list = append(list, c.Mirrors.Redirect(a))
		}
	}
	add := func(a bootstrap.Artifact) {
		a.URL = withoutQuery(a.URL)
		if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	if registries := d.PullRegistries(); registries != nil {
		list = append(list, c.credentialProvider(registries, apimodel.Linux))
		if d.HasWindows() {
			list = append(list, c.credentialProvider(registries, apimodel.Windows))
		}
	}
	scripts := func(profile apimodel.MachineProfile, os apimodel.OSType) {
		for _, s := range c.scripts(profile, 0) {
			add(bootstrap.Artifact{Name: s.Name, OS: os, Kind: bootstrap.UserScript, URL: s.URL, SHA256: s.SHA256})
		}
	}
	scripts(d.Properties.MasterProfile.MachineProfile, apimodel.Linux)
	pools := slices.Clone(d.Properties.AgentPoolProfiles)
	slices.SortFunc(pools, func(a, b *apimodel.AgentPoolProfile) int { return strings.Compare(a.Name, b.Name) })
	for _, pool := range pools {
		scripts(pool.MachineProfile, pool.OSType)
		if pool.OSType != apimodel.Windows {
			continue
		}
		if o := c.windowsOptions(pool, nil); o.CSIProxyURL != "" {
			add(bootstrap.Artifact{Name: "csi-proxy", OS: apimodel.Windows, Kind: bootstrap.File, URL: o.CSIProxyURL, SHA256: o.CSIProxySHA256})
		}
	}
	return list
}

// withoutQuery also leaves a login out. No definition that is valid has one.
func withoutQuery(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	return u.String()
}
