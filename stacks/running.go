package stacks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// frozen are the settings that a control plane is initialised with. It reads
// them once, at its first boot; what runs around it would follow a change and
// leave it behind.
var frozen = []struct{ path, what string }{
	{"properties.orchestratorProfile.orchestratorRelease", "Kubernetes release"},
	{kubernetesPath + ".clusterSubnet", "pods' network"},
	{kubernetesPath + ".serviceCidr", "Services' network"},
	{kubernetesPath + ".kubeProxyMode", "kube-proxy mode"},
	{kubernetesPath + ".privateCluster.enabled", "private API server"},
	{kubernetesPath + ".apiServerConfig", "API server's flags"},
	{kubernetesPath + ".controllerManagerConfig", "controller-manager's flags"},
	{kubernetesPath + ".schedulerConfig", "scheduler's flags"},
	{mastersPath + ".vnetCidr", "virtual network"},
	{mastersPath + ".vnetSubnetID", "control plane's subnet"},
	{mastersPath + ".firstConsecutiveStaticIP", "control plane's address"},
	{mastersPath + ".subjectAltNames", "certificate's names"},
	{mastersPath + ".availabilityZones", "control plane's zones"},
}

const (
	kubernetesPath = "properties.orchestratorProfile.kubernetesConfig"
	mastersPath    = "properties.masterProfile"
)

// RunningFaults holds a configuration against the cluster that a stack's state
// describes, and says which settings a running cluster cannot follow, and what it does
// not have yet and has ended. Without machines in the state there is nothing to hold
// against, nor where another cluster is to take the running one's place: all of it is
// new then.
func (c Config) RunningFaults(export []byte) (apimodel.Faults, error) {
	faults, _, err := c.HoldAgainst(export)
	return faults, err
}

// HoldAgainst is RunningFaults, and says as well which settings make another cluster
// of the running one, each with what to do about it. Where ReplaceCluster lets it be
// one, they are no faults.
func (c Config) HoldAgainst(export []byte) (faults, another apimodel.Faults, err error) {
	r, err := c.hold(export)
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		return c.Ended(), nil, nil
	}
	faults = c.otherOwner(r.was, r.is)
	another = c.another(r.was, r.is)
	if c.ReplaceCluster && len(another) > 0 {
		return append(faults, c.Ended()...), another, nil
	}
	document, _ := r.recorded.(map[string]any)
	before, err := hybridcluster.ReadDefinition(document)
	if err != nil {
		return nil, nil, err
	}
	// What an earlier version of the program did not record is taken for the default,
	// but for a size that nobody knows.
	masters, size := before.Properties.MasterProfile, ""
	if masters != nil {
		size = masters.VMSize
	}
	before.Default()
	if masters != nil {
		masters.VMSize = size
	}
	if !c.Today.IsZero() {
		faults = append(faults, r.definition.Ended(c.Today, before)...)
	}
	faults = slices.Concat(faults, another, changed(r.recorded, r.wanted), runningPools(before, r.definition, r.mastersHave))
	return faults, another, nil
}

// mastersHave says whether all machines of the control plane have a switch on, as
// Azure showed them last.
func (r *held) mastersHave(property string) bool {
	masters := 0
	for _, machine := range r.machines {
		if !strings.Contains(machine.URN[strings.LastIndex(machine.URN, "::")+1:], "-control-plane-") {
			continue
		}
		masters++
		if on, _ := at(machine.Outputs, property).(bool); !on {
			return false
		}
	}
	return masters > 0
}

func changed(before, now any) apimodel.Faults {
	faults := fewerMasters(before, now)
	for _, f := range frozen {
		was, is := at(before, f.path), at(now, f.path)
		// What an earlier version of the program did not record is not known.
		unknown := was == nil && at(before, parent(f.path)) == nil
		if unknown || (was == nil && !recordedWhenEmpty(f.path)) || shown(was) == shown(is) {
			continue
		}
		faults = append(faults, apimodel.Fault{
			Path:    f.path,
			Message: fmt.Sprintf("the running cluster's %s is %s, and it cannot become %s", f.what, shown(was), shown(is)),
			Remedy:  fmt.Sprintf("keep %s, or make another cluster under another stack name and dnsPrefix", shown(was)),
		})
	}
	return faults
}

// recordedWhenEmpty tells settings whose absence means none from those that
// always have a value, so that their absence means an earlier version.
func recordedWhenEmpty(path string) bool {
	switch path[strings.LastIndex(path, ".")+1:] {
	case "apiServerConfig", "controllerManagerConfig", "schedulerConfig", "subjectAltNames", "availabilityZones", "vnetSubnetID":
		return true
	}
	return false
}

// fewerMasters: a master that is taken away stays a member of etcd, and two that
// are gone of three stop it.
func fewerMasters(before, now any) apimodel.Faults {
	const path = mastersPath + ".count"
	was, _ := at(before, path).(float64)
	is, _ := at(now, path).(float64)
	if is >= was {
		return nil
	}
	return apimodel.Faults{{
		Path:    path,
		Message: fmt.Sprintf("the running cluster has %.0f masters, and it cannot go down to %.0f: etcd would lose its majority", was, is),
		Remedy:  fmt.Sprintf("keep %.0f, or make another cluster under another stack name and dnsPrefix", was),
	}}
}

// shown is a value as a message shows it.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		return v
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func parent(path string) string { return path[:strings.LastIndex(path, ".")] }

// at is the value at a path of a JSON document; nil where there is none.
func at(document any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		object, ok := document.(map[string]any)
		if !ok {
			return nil
		}
		document = object[key]
	}
	return document
}
