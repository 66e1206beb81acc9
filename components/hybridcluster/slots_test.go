package hybridcluster_test

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// TestWaitingWorkersLeaveSlotsForTheControlPlane: the engine works on a limited
// number of resources at once, and a scale set or an extension keeps its slot until
// its nodes have joined. Even when they come first wherever they can, the machines
// of the masters and what they need get one.
func TestWaitingWorkersLeaveSlotsForTheControlPlane(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.MasterProfile.Count = 3
	d.Properties.AgentPoolProfiles[0].Count, d.Properties.AgentPoolProfiles[1].Count = 20, 20
	for i := range 12 {
		d.Properties.AgentPoolProfiles = append(d.Properties.AgentPoolProfiles, &apimodel.AgentPoolProfile{
			Name: fmt.Sprintf("ss%d", i), Count: 1, VMSize: "Standard_D2s_v5", AvailabilityProfile: apimodel.ScaleSets,
		})
	}
	seen := declare(t, &hybridcluster.Args{Definition: d})
	for _, slots := range []int{1, 2, 4, 8} {
		require.Empty(t, stuck(seen, slots), "with %d slots", slots)
	}
}

// TestWaitsAreCounted: the number of slots that is asked for follows what waits.
func TestWaitsAreCounted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", scenarios, "*", "definition.json"))
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			s := scenario{t: t}
			d := s.parse(file)
			count := 0
			for _, r := range declare(t, &hybridcluster.Args{Definition: d, Mirrors: s.mirrors(file)}) {
				if waits(r) {
					count++
				}
			}
			require.Equal(t, count, d.Waits())
		})
	}
}

func waits(r registration) bool {
	return r.token == "azure-native:compute:VirtualMachineExtension" || r.token == "azure-native:compute:VirtualMachineScaleSet"
}

// stuck plays the engine with so many slots, which takes what waits for nodes first,
// and returns what is left when nothing ends any more.
func stuck(seen map[string]registration, slots int) []string {
	left := maps.Clone(seen)
	done := map[string]bool{}
	running := map[string]registration{}
	for {
		startAll(left, running, done, slots)
		ended := false
		for name, r := range running {
			if waits(r) && !controlPlaneBoots(seen, done) {
				continue
			}
			done[name], ended = true, true
			delete(running, name)
		}
		if !ended {
			return append(slices.Sorted(maps.Keys(running)), slices.Sorted(maps.Keys(left))...)
		}
	}
}

// startAll fills the free slots with what has all that it depends on.
func startAll(left, running map[string]registration, done map[string]bool, slots int) {
	ready := slices.DeleteFunc(slices.Collect(maps.Values(left)), func(r registration) bool {
		return slices.ContainsFunc(r.request.GetDependencies(), func(urn string) bool { return !done[urnName(urn)] })
	})
	slices.SortFunc(ready, func(a, b registration) int {
		if waits(a) != waits(b) {
			return map[bool]int{true: -1, false: 1}[waits(a)]
		}
		return cmp.Compare(a.name, b.name)
	})
	for _, r := range ready {
		if len(running) >= slots {
			return
		}
		running[r.name] = r
		delete(left, r.name)
	}
}

// controlPlaneBoots says whether there is all that masters need to come up.
func controlPlaneBoots(seen map[string]registration, done map[string]bool) bool {
	for name, r := range seen {
		master := r.token == "azure-native:compute:VirtualMachine" && strings.Contains(name, "control-plane")
		if (master || strings.HasSuffix(r.token, ":RoleAssignment")) && !done[name] {
			return false
		}
	}
	return true
}

func urnName(urn string) string { return urn[strings.LastIndex(urn, "::")+2:] }
