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
	// StateUpdating is held by a run that is at it.
	StateUpdating = "updating"
	// StateFailed has resources, and its last up ended with an error or was interrupted.
	StateFailed = "failed"
	// StateIncomplete has resources, and its last up was cut off, so that nobody knows how
	// it ended.
	StateIncomplete = "incomplete"
	// StateDeleting has lost some of its resources to a down that is not finished.
	StateDeleting = "deleting"
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
	// State is up, updating, failed, incomplete, deleting, empty or unreadable.
	State string `json:"state"`
	// World is azure or emulator; empty for a stack of which nothing tells, since it
	// holds nothing.
	World string `json:"world,omitempty"`
	// ResourceGroup is the group that was made for the cluster, also if nobody
	// knows how that ended.
	ResourceGroup string `json:"resourceGroup,omitempty"`
	Error         string `json:"error,omitempty"`

	// written is when the state was written last; pending says that something in it was
	// cut off, or is under way.
	written time.Time
	pending bool
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
		Manifest struct {
			Time time.Time `json:"time"`
		} `json:"manifest"`
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
	s := Stack{Name: name, Lease: FromStackTags(tags), State: StateEmpty, written: d.Deployment.Manifest.Time, pending: len(d.Deployment.Pending) > 0}
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
	switch {
	case resources == 0 && !s.pending:
	case DeletionOf(tags).Begun(len(d.Deployment.Resources)):
		s.State = StateDeleting
	case s.Nodes == 0 || s.pending:
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
