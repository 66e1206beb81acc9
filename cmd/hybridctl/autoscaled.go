package main

import (
	"slices"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

// autoscaled are the logical names of the scale sets whose size Cluster Autoscaler
// decides.
func autoscaled(d *apimodel.Definition) map[string]bool {
	names := map[string]bool{}
	for _, pool := range d.Properties.AgentPoolProfiles {
		if d.IsAutoscaled(pool) {
			names["cluster-"+pool.Name] = true
		}
	}
	return names
}

// changed says whether a preview found something that up would change: settings, too,
// which it records where no resource follows them. That the state has an older number
// of machines of an autoscaled pool is none: up writes down the number that there is,
// and changes nothing in Azure.
func changed(r review.Review, autoscaled map[string]bool) bool {
	return len(r.Settings) > 0 || slices.ContainsFunc(r.Steps, func(s review.Step) bool { return !sizeAlone(s.Step, autoscaled) })
}

// sizeAlone says whether a step does no more than note how many machines an autoscaled
// pool has.
func sizeAlone(s report.Step, autoscaled map[string]bool) bool {
	return s.Op == "update" && autoscaled[s.Name] && len(s.Diff) == 1 && s.Diff[0].Path == "sku.capacity"
}
