package review

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

// Input is what a review is made of. All but the stack may be missing.
type Input struct {
	Stack   string
	Against Against
	// Exists is false where there was nothing to compare with.
	Exists bool
	// Events is what the preview sent, and Changes what it counted.
	Events  *Collector
	Changes map[string]int
	// Before is the side that was compared with. Without a definition it is read
	// from the events.
	Before, After Side
	// Faults make up refuse the definition: Invalid in themselves, Refused on the
	// running cluster.
	Faults  apimodel.Faults
	Refused bool
	// Warnings are those of the definition, of what ends among others.
	Warnings apimodel.Faults
	// Err is how the preview failed.
	Err   error
	Notes []string
	// Cost estimates what a cluster costs; nil without prices.
	Cost func(before, after Side) *Cost
}

// Build makes the review.
func Build(in Input) Review {
	var resources []resource
	if in.Events != nil {
		resources = in.Events.resources
	}
	before := in.Before
	if before.Definition == nil {
		before = recorded(resources)
	}
	r := Review{
		SchemaVersion: SchemaVersion, Stack: in.Stack, Exists: in.Exists, Against: in.Against,
		Outcome: Previewed, Steps: []Step{}, Faults: in.Faults, Warnings: elsewhere(in.Warnings, in.Faults), Notes: in.Notes,
		Before: before.Summary(), After: in.After.Summary(),
	}
	r.judge(in)
	places := newAtlas(resources, before.Definition, in.After.Definition)
	r.steps(resources, places)
	r.count(in.Changes)
	all := pools(resources, places)
	if before.Definition != nil && in.After.Definition != nil {
		r.compareDefinitions(before, in.After, all)
	}
	if in.Cost != nil && (r.Before != nil || r.After != nil) {
		r.Cost = in.Cost(before, in.After)
	}
	r.Pools = slices.DeleteFunc(slices.Clone(all), func(p Pool) bool { return p.Nodes.untouched() && !p.NewOnly })
	r.Verdict = verdict(r, all)
	return r
}

// elsewhere are the warnings of what has no fault.
func elsewhere(warnings, faults apimodel.Faults) apimodel.Faults {
	return slices.DeleteFunc(slices.Clone(warnings), func(w apimodel.Fault) bool {
		return slices.ContainsFunc(faults, func(f apimodel.Fault) bool { return f.Path == w.Path })
	})
}

// judge says how the preview went.
func (r *Review) judge(in Input) {
	switch {
	case in.Err != nil:
		r.Outcome = Failed
		r.Diagnostics = diagnostics(in.Err)
	case len(in.Faults) > 0 && in.Refused:
		r.Outcome = Refused
	case len(in.Faults) > 0:
		r.Outcome = Invalid
	}
}

// steps sorts what changes into the resources and the settings of the cluster,
// which are no resource of any cloud.
func (r *Review) steps(resources []resource, places atlas) {
	for _, res := range resources {
		switch {
		case res.step == nil:
		case strings.HasPrefix(res.typ, "hybridcluster:"):
			if res.step.Op == "update" {
				r.Settings = append(r.Settings, res.step.Diff...)
			}
		default:
			r.Steps = append(r.Steps, Step{Step: *res.step, Part: places.part(res), Why: forcing(*res.step)})
		}
	}
	slices.SortFunc(r.Steps, func(a, b Step) int {
		return cmp.Or(
			cmp.Compare(report.Weight(a.Op), report.Weight(b.Op)),
			cmp.Compare(partRank(a.Part), partRank(b.Part)),
			strings.Compare(a.Part, b.Part), strings.Compare(a.URN, b.URN),
		)
	})
	slices.SortFunc(r.Settings, func(a, b report.PropertyChange) int { return strings.Compare(a.Path, b.Path) })
}

// count counts the resources that are listed, so that every form of the report says
// the same. Those that stay are not listed, and are counted by the engine.
func (r *Review) count(byEngine map[string]int) {
	r.Changes = map[string]int{}
	for op, n := range byEngine {
		if report.Weight(op) < 0 {
			r.Changes[op] = n
		}
	}
	for _, s := range r.Steps {
		r.Changes[s.Op]++
	}
}

// whyDepends stands where no property of the resource itself forces it.
const whyDepends = "something that it depends on is replaced"

// forcing names what replaces a resource.
func forcing(s report.Step) []string {
	if s.Op != "replace" {
		return nil
	}
	var why []string
	for _, c := range s.Diff {
		if c.Replaces {
			why = append(why, c.Path)
		}
	}
	if len(why) == 0 {
		why = []string{whyDepends}
	}
	return why
}

// compareDefinitions adds what no resource of a cloud shows: secrets, and what new
// machines run.
func (r *Review) compareDefinitions(before, after Side, all []Pool) {
	if before.Complete && after.Complete {
		r.Secrets = secretChanges(before.Definition, after.Definition)
	}
	was, is := before.documents(), after.documents()
	for name, document := range is {
		old, known := was[name]
		if !known {
			continue
		}
		lines := report.CompareLines(old, document)
		if lines == nil {
			continue
		}
		change := FirstBoot{Machines: name, Applies: "new", Lines: *lines}
		for _, p := range all {
			if p.title() == name && p.Nodes.Kept+p.Nodes.Updated == 0 {
				change.Applies = "all"
			}
		}
		r.FirstBoot = append(r.FirstBoot, change)
	}
	slices.SortFunc(r.FirstBoot, func(a, b FirstBoot) int {
		return cmp.Or(cmp.Compare(partRank(a.Machines), partRank(b.Machines)), strings.Compare(a.Machines, b.Machines))
	})
}

// title is the pool's part.
func (p Pool) title() string {
	if p.Name == partControlPlane {
		return p.Name
	}
	return partPool + p.Name
}

// diagnostics are those of a failed preview. Text of the engine's own output has
// been kept out of them.
func diagnostics(err error) []engine.Diagnostic {
	var failed *engine.Error
	if errors.As(err, &failed) && len(failed.Diagnostics) > 0 {
		return failed.Diagnostics
	}
	return []engine.Diagnostic{{Severity: "error", Message: err.Error()}}
}
