package review

import (
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

// Collector takes the events of a preview. The zero value is ready to use.
type Collector struct {
	mu        sync.Mutex
	resources []resource
}

// resource is what the engine says about one resource, changed or not.
type resource struct {
	op        apitype.OpType
	typ, name string
	old, new  map[string]any
	// step is what is planned; nil where the resource stays as it is.
	step *report.Step
}

// Event takes an event. It keeps no outputs: they are many, and may be large.
func (c *Collector) Event(e engine.Event) {
	if e.ResourcePreEvent == nil {
		return
	}
	m := e.ResourcePreEvent.Metadata
	if strings.HasPrefix(m.Type, "pulumi:") {
		return
	}
	r := resource{op: m.Op}
	r.typ, r.name = engine.Describe(m.URN)
	if m.Old != nil {
		r.old = m.Old.Inputs
	}
	if m.New != nil {
		r.new = m.New.Inputs
	}
	if step, planned := report.NewStep(m); planned {
		r.step = &step
	} else if m.Op != apitype.OpSame {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, r)
}

// before and after are the inputs on both sides. A resource that stays has one
// set of inputs.
func (r resource) before() map[string]any {
	if r.old == nil && r.op == apitype.OpSame {
		return r.new
	}
	return r.old
}

func (r resource) after() map[string]any {
	if r.new == nil && r.op == apitype.OpSame {
		return r.old
	}
	return r.new
}

func (r resource) is(typ string) bool { return r.typ == typ }

// any is the inputs after, or those before where the resource goes.
func (r resource) any() map[string]any {
	if after := r.after(); after != nil {
		return after
	}
	return r.before()
}
