package stacks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// frozen are the settings that a control plane is initialised with. It reads
// them once, at its first boot; what runs around it would follow a change and
// leave it behind.
var frozen = []struct{ path, what string }{
	{"properties.orchestratorProfile.orchestratorRelease", "Kubernetes release"},
	{"properties.orchestratorProfile.kubernetesConfig.clusterSubnet", "pods' network"},
	{"properties.orchestratorProfile.kubernetesConfig.serviceCidr", "Services' network"},
	{"properties.masterProfile.vnetCidr", "virtual network"},
	{"properties.masterProfile.firstConsecutiveStaticIP", "control plane's address"},
}

// deployment is a stack's state, as `pulumi stack export` prints it, as far as
// it matters here.
type deployment struct {
	Deployment struct {
		Resources []struct {
			Type   string         `json:"type"`
			Inputs map[string]any `json:"inputs"`
		} `json:"resources"`
	} `json:"deployment"`
}

// RunningFaults holds a configuration against the cluster that a stack's state
// describes, and says which settings a running cluster cannot follow. Without
// machines in the state there is nothing to hold against.
func (c Config) RunningFaults(state []byte) (apimodel.Faults, error) {
	var d deployment
	if err := json.Unmarshal(state, &d); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	var recorded any
	machines := false
	for _, r := range d.Deployment.Resources {
		switch r.Type {
		case hybridcluster.Token:
			recorded = r.Inputs["definition"]
		case "azure-native:compute:VirtualMachine":
			machines = true
		}
	}
	wanted, report := c.Resolve()
	if !machines || recorded == nil || report.Err() != nil {
		return nil, report.Err()
	}
	data, err := json.Marshal(wanted.Redacted())
	if err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	var now any
	if err := json.Unmarshal(data, &now); err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	return changed(recorded, now), nil
}

func changed(before, now any) apimodel.Faults {
	var faults apimodel.Faults
	for _, f := range frozen {
		was, is := at(before, f.path), at(now, f.path)
		if was == is || was == "" {
			continue
		}
		faults = append(faults, apimodel.Fault{
			Path:    f.path,
			Message: fmt.Sprintf("the running cluster's %s is %s, and it cannot become %s", f.what, was, is),
			Remedy:  fmt.Sprintf("keep %s, or make another cluster under another stack name and dnsPrefix", was),
		})
	}
	return faults
}

// at is the text at a path of a JSON document; empty where there is none.
func at(document any, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		object, ok := document.(map[string]any)
		if !ok {
			return ""
		}
		document = object[key]
	}
	text, _ := document.(string)
	return text
}
