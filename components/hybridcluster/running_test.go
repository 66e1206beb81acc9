package hybridcluster_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// azure answers look-ups of machines and scale sets, by their names.
type azure struct {
	*recorder
	found   map[string]map[string]any
	failure error
}

func (a azure) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	for _, key := range []resource.PropertyKey{"vmScaleSetName", "vmName"} {
		name, ok := args.Args[key]
		if !ok {
			continue
		}
		if found, ok := a.found[name.StringValue()]; ok {
			return resource.NewPropertyMapFromMap(found), nil
		}
		return nil, a.failure
	}
	return a.recorder.Call(args)
}

// declareWith runs the component where Azure has those machines already.
func declareWith(d *apimodel.Definition, found map[string]map[string]any, failure error) (map[string]registration, error) {
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: d})
		return err
	}, pulumi.WithMocks("project", "stack", azure{r, found, failure}))
	return r.seen, err
}

var errNotThere = errors.New(`request failed /subscriptions/s/resourceGroups/demo: Status=404 Code="ResourceGroupNotFound" Message="no"`)

// TestAutoscaledPoolIsDeclaredWithTheMachinesThatItHas, and one of a fixed size with
// those of the definition.
func TestAutoscaledPoolIsDeclaredWithTheMachinesThatItHas(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	for _, pool := range d.Properties.AgentPoolProfiles {
		pool.AvailabilityProfile = apimodel.ScaleSets
	}
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
		Addons: []*apimodel.Addon{{
			Name: "cluster-autoscaler", Enabled: new(true),
			Pools: []*apimodel.AddonPool{{Name: "linuxpool1", Config: map[string]string{"min-nodes": "1", "max-nodes": "9"}}},
		}},
	}}
	capacity := func(n float64) map[string]any {
		return map[string]any{"sku": map[string]any{"name": "Standard_D2s_v5", "capacity": n}}
	}
	for name, tt := range map[string]struct {
		found          map[string]map[string]any
		scaled, steady float64
	}{
		"at first":   {nil, 2, 2},
		"afterwards": {map[string]map[string]any{"demo-linuxpool1": capacity(7), "demo-windowspool2": capacity(1)}, 7, 2},
		"to zero":    {map[string]map[string]any{"demo-linuxpool1": capacity(0)}, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, err := declareWith(d, tt.found, errNotThere)
			require.NoError(t, err)
			for pool, want := range map[string]float64{"linuxpool1": tt.scaled, "windowspool2": tt.steady} {
				set := seen["cluster-"+pool]
				require.InDelta(t, want, set.inputs["sku"].ObjectValue()["capacity"].NumberValue(), 0, pool)
				require.NotContains(t, set.request.GetIgnoreChanges(), "sku.capacity", "it would send what the state has")
			}
		})
	}
	_, err := declareWith(d, nil, errors.New(`Status=403 Code="AuthorizationFailed" Message="no"`))
	require.ErrorContains(t, err, "AuthorizationFailed", "a number that is not known is not guessed")
}

// TestUpdateOfAMachineKeepsTheVolumesOfItsPods: an update that lists disks takes away
// those that it leaves out.
func TestUpdateOfAMachineKeepsTheVolumesOfItsPods(t *testing.T) {
	t.Parallel()
	const volume = "/subscriptions/s/resourceGroups/demo/providers/Microsoft.Compute/disks/pvc-1"
	vm := func(change map[string]any, disks ...any) map[string]any {
		found := map[string]any{
			"vmId": "1", "provisioningState": "Succeeded", "hardwareProfile": map[string]any{"vmSize": "Standard_D2s_v5"},
			"tags": map[string]any{"hybridcluster": "demo"}, "storageProfile": map[string]any{"dataDisks": disks},
		}
		maps.Copy(found, change)
		return found
	}
	own := map[string]any{"lun": 0.0, "name": "linuxpool1000-data-0", "createOption": "Empty", "diskSizeGB": 64.0}
	pods := map[string]any{"lun": 3.0, "name": "pvc-1", "createOption": "Attach", "caching": "ReadOnly", "managedDisk": map[string]any{"id": volume}}
	resized := map[string]any{"hardwareProfile": map[string]any{"vmSize": "Standard_D8s_v5"}}
	for name, tt := range map[string]struct {
		sizes []int
		found map[string]any
		luns  []float64
		leave bool
	}{
		"a new machine":           {[]int{64}, nil, []float64{0}, false},
		"nothing changes":         {[]int{64}, vm(nil, own, pods), []float64{0}, true},
		"another size":            {[]int{64}, vm(resized, own, pods), []float64{0, 3}, false},
		"other tags":              {[]int{64}, vm(map[string]any{"tags": map[string]any{}}, own, pods), []float64{0, 3}, false},
		"a failed machine":        {[]int{64}, vm(map[string]any{"provisioningState": "Failed"}, own, pods), []float64{0, 3}, false},
		"nobody's disks":          {[]int{64}, vm(resized, own), []float64{0}, false},
		"no disks in its profile": {nil, vm(resized, pods), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := hybrid(t)
			d.Properties.AgentPoolProfiles[0].DiskSizesGB = tt.sizes
			found := map[string]map[string]any{}
			if tt.found != nil {
				found["linuxpool1000"] = tt.found
			}
			seen, err := declareWith(d, found, errNotThere)
			require.NoError(t, err)
			machine := seen["cluster-linuxpool1000"]
			var luns []float64
			if disks, ok := machine.inputs["storageProfile"].ObjectValue()["dataDisks"]; ok {
				for _, disk := range disks.ArrayValue() {
					luns = append(luns, disk.ObjectValue()["lun"].NumberValue())
				}
			}
			require.Equal(t, tt.luns, luns)
			if tt.leave {
				require.Contains(t, machine.request.GetIgnoreChanges(), "storageProfile.dataDisks")
			} else {
				require.NotContains(t, machine.request.GetIgnoreChanges(), "storageProfile.dataDisks")
			}
		})
	}
}

// TestExtensionsAreMendedAndOutlastAzure: one that failed is put on again, and its
// time limit is longer than Azure's, so that there is a reason to read.
func TestExtensionsAreMendedAndOutlastAzure(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	for _, name := range []string{
		"cluster-demo-control-plane-0-bootstrap", "cluster-linuxpool1000-bootstrap", "cluster-windowspool2000-bootstrap",
	} {
		request := seen[name].request
		require.Equal(t, []string{"#initerror"}, request.GetReplaceOnChanges(), name)
		for _, text := range []string{request.GetCustomTimeouts().GetCreate(), request.GetCustomTimeouts().GetUpdate()} {
			limit, err := time.ParseDuration(text)
			require.NoError(t, err)
			require.Greater(t, limit, bootstrap.AzureLimit, name)
		}
	}
}

// TestWhatAzureRewritesReplacesNoMachine: ids come back in other letters, a stopped
// machine shows less of its disk, and a set that machines stand in cannot go.
func TestWhatAzureRewritesReplacesNoMachine(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.AgentPoolProfiles[1].AvailabilityProfile = apimodel.ScaleSets
	for name, r := range declare(t, &hybridcluster.Args{Definition: d}) {
		for _, path := range r.request.GetReplaceOnChanges() {
			require.NotContains(t, []string{"availabilitySet", "proximityPlacementGroup"}, path, name)
			require.NotRegexp(t, `(\.id|\.osDisk|\.imageReference|diskEncryptionSet)$`, path, name)
			if r.token == "azure-native:compute:VirtualMachine" {
				require.NotRegexp(t, `(managedDisk|diskSizeGB)`, path, name)
			}
		}
		if r.token == "azure-native:compute:AvailabilitySet" {
			require.Empty(t, r.request.GetReplaceOnChanges(), name)
			require.Contains(t, r.request.GetIgnoreChanges(), "platformFaultDomainCount", name)
		}
	}
}
