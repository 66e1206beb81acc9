package lifetime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// The states of a stack.
const (
	// StateUp is a cluster whose last up succeeded.
	StateUp = "up"
	// StateIncomplete has resources, and its last up did not end well, or still runs.
	StateIncomplete = "incomplete"
	// StateEmpty has no resources.
	StateEmpty = "empty"
	// StateUnreadable is a stack that could not be read; Error says why.
	StateUnreadable = "unreadable"
)

// Stack is what is known of a cluster without asking its cloud.
type Stack struct {
	Name string `json:"name"`
	// Created is when the first of its resources was made; zero for none.
	Created time.Time `json:"created,omitzero"`
	Lease
	// Expired says that its time is up.
	Expired bool `json:"expired"`
	// Nodes is how many nodes the last up that succeeded declared.
	Nodes int `json:"nodes"`
	// State is up, incomplete, empty or unreadable.
	State string `json:"state"`
	// ResourceGroup is the group that was made for the cluster, also if nobody
	// knows how that ended.
	ResourceGroup string `json:"resourceGroup,omitempty"`
	Error         string `json:"error,omitempty"`
}

const (
	stackType = "pulumi:pulumi:Stack"
	groupType = "azure-native:resources:ResourceGroup"
)

type resourceState struct {
	URN     string         `json:"urn"`
	Type    string         `json:"type"`
	Created time.Time      `json:"created"`
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

type deployment struct {
	Deployment struct {
		Resources []resourceState `json:"resources"`
		Pending   []struct {
			Type     string        `json:"type"`
			Resource resourceState `json:"resource"`
		} `json:"pending_operations"`
	} `json:"deployment"`
}

// Read makes a Stack of a stack's state, as `pulumi stack export` prints it, and
// its tags. Where the stack has no tags, those of its resource group count: a
// stack that `pulumi up` made has only these.
func Read(name string, export []byte, tags map[string]string, now time.Time) (Stack, error) {
	var d deployment
	if err := json.Unmarshal(export, &d); err != nil {
		return Stack{}, fmt.Errorf("reading the state of stack %s: %w", name, err)
	}
	s := Stack{Name: name, Lease: FromStackTags(tags), State: StateEmpty}
	resources := 0
	for _, r := range d.Deployment.Resources {
		if r.Type == stackType {
			nodes, _ := r.Outputs["nodes"].([]any)
			s.Nodes = len(nodes)
			continue
		}
		resources++
		if !r.Created.IsZero() && (s.Created.IsZero() || r.Created.Before(s.Created)) {
			s.Created = r.Created
		}
		s.group(r)
	}
	for _, p := range d.Deployment.Pending {
		s.group(p.Resource)
	}
	switch pending := len(d.Deployment.Pending); {
	case resources == 0 && pending == 0:
	case s.Nodes == 0 || pending > 0:
		s.State = StateIncomplete
	default:
		s.State = StateUp
	}
	s.Expired = s.Lease.Expired(now)
	return s, nil
}

// group takes what a resource group's declaration tells.
func (s *Stack) group(r resourceState) {
	if r.Type != groupType {
		return
	}
	name, _ := r.Inputs["resourceGroupName"].(string)
	s.ResourceGroup = cmp.Or(s.ResourceGroup, name)
	if !s.Expires.IsZero() || s.Owner != "" {
		return
	}
	tags := map[string]string{}
	given, _ := r.Inputs["tags"].(map[string]any)
	for k, v := range given {
		tags[k], _ = v.(string)
	}
	s.Lease = FromGroupTags(tags)
}
