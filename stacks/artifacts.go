package stacks

import (
	"maps"
	"slices"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// Artifacts is what a deployment fetches.
type Artifacts struct {
	// Release is the Kubernetes version, for example "1.36.5".
	Release string
	List    []bootstrap.Artifact
	// Unused are the hosts that have a mirror and of which nothing in the list
	// comes. Images of other workloads may come from them.
	Unused []string
}

// Artifacts lists what a deployment of a resolved definition fetches, from where
// its mirrors have it.
func (c Config) Artifacts(d *apimodel.Definition) Artifacts {
	list := firstboot.Cluster{Definition: d, Mirrors: c.Mirrors}.Artifacts()
	more := addons.Artifacts(d.Release(), len(windowsReleases(d)) > 0, addonOptions(d))
	if c.runsWorkload(d) {
		more = append(more, c.Workload.Artifacts(windowsReleases(d))...)
	}
	return c.artifacts(d.Release(), list, more)
}

// ReleaseArtifacts lists what a deployment of a release may fetch, with nodes of
// both systems and the sample workload.
func (c Config) ReleaseArtifacts(r apimodel.Release) Artifacts {
	// Nodes that pull from registries as an identity have these.
	providers := []bootstrap.Artifact{bootstrap.CredentialProvider(r, apimodel.Linux), bootstrap.CredentialProvider(r, apimodel.Windows)}
	more := slices.Concat(bootstrap.Artifacts(r), providers, addons.Artifacts(r, true, addons.AllOptions()), c.Workload.Artifacts([]string{"2022"}))
	return c.artifacts(r, nil, more)
}

func (c Config) artifacts(r apimodel.Release, redirected, more []bootstrap.Artifact) Artifacts {
	out := Artifacts{Release: r.Kubernetes, List: slices.Clone(redirected), Unused: []string{}}
	for _, a := range more {
		out.List = append(out.List, c.Mirrors.Redirect(a))
	}
	for _, host := range slices.Sorted(maps.Keys(c.Mirrors)) {
		used := slices.ContainsFunc(out.List, func(a bootstrap.Artifact) bool {
			return a.Origin != "" && bootstrap.Artifact{Kind: a.Kind, URL: a.Origin}.Host() == host
		})
		if !used {
			out.Unused = append(out.Unused, host)
		}
	}
	return out
}
