// Package report turns what the engine sends into what a person or a program
// reads: the steps of a preview with their property diffs, and the state of a
// cluster.
package report

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// Step is what would happen to one resource.
type Step struct {
	// Op is create, update, replace, delete, read or import.
	Op string `json:"op"`
	// Type, Name and URN say which resource.
	Type string `json:"type"`
	Name string `json:"name"`
	URN  string `json:"urn"`
	// Diff lists the properties that change, sorted by path. It is empty for
	// resources that come or go as a whole.
	Diff []PropertyChange `json:"diff,omitempty"`
}

// Steps collects the steps of a preview from its events. The zero value is
// ready to use.
type Steps struct {
	mu    sync.Mutex
	steps []Step
}

// Event takes an event of the engine.
func (s *Steps) Event(e engine.Event) {
	if e.ResourcePreEvent == nil {
		return
	}
	step, ok := NewStep(e.ResourcePreEvent.Metadata)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step)
}

// NewStep says what a step of the engine does to a resource. ok is false for what
// changes nothing, for half of a replacement, and for the engine's own resources.
func NewStep(m apitype.StepEventMetadata) (step Step, ok bool) {
	if !planned(m.Op) || strings.HasPrefix(m.Type, "pulumi:") {
		return Step{}, false
	}
	typ, name := engine.Describe(m.URN)
	step = Step{Op: string(m.Op), Type: typ, Name: name, URN: m.URN}
	if m.Op == apitype.OpUpdate || m.Op == apitype.OpReplace {
		step.Diff = propertyChanges(m)
	}
	return step, true
}

// planned leaves out what changes nothing, and the halves of a replacement: the
// logical "replace" stands for both.
func planned(op apitype.OpType) bool {
	switch op {
	case apitype.OpCreate, apitype.OpUpdate, apitype.OpReplace, apitype.OpDelete, apitype.OpImport:
		return true
	default:
		return false
	}
}

// List returns the steps, what hurts most first, then by URN: the order of the
// engine's events changes from run to run.
func (s *Steps) List() []Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.steps)
	slices.SortStableFunc(out, func(a, b Step) int {
		return cmp.Or(cmp.Compare(Weight(a.Op), Weight(b.Op)), strings.Compare(a.URN, b.URN))
	})
	return out
}

// Weight orders operations: what hurts most comes first.
func Weight(op string) int {
	return slices.Index([]string{"delete", "replace", "update", "import", "create"}, op)
}
