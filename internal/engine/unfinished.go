package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// deployment is an exported state that can be written again.
type deployment struct {
	Version    json.RawMessage            `json:"version"`
	Deployment map[string]json.RawMessage `json:"deployment"`
	resources  []resourceState
}

func readDeployment(raw []byte) (*deployment, error) {
	d := &deployment{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	if part, ok := d.Deployment["resources"]; ok {
		if err := json.Unmarshal(part, &d.resources); err != nil {
			return nil, fmt.Errorf("reading the resources of the stack's state: %w", err)
		}
	}
	return d, nil
}

func (d *deployment) write() ([]byte, error) {
	edited, err := json.Marshal(d.resources)
	if err != nil {
		return nil, fmt.Errorf("writing the stack's state: %w", err)
	}
	d.Deployment["resources"] = edited
	return json.Marshal(d)
}

// mark gives a resource an error of its initialisation, as one has that was there
// and not ready in time: the engine then updates it to what is declared, whatever
// its diff says, or replaces it where the program asks for that.
func (r resourceState) mark(why string) error {
	data, err := json.Marshal([]string{why})
	if err != nil {
		return fmt.Errorf("writing the stack's state: %w", err)
	}
	r["initErrors"] = data
	return nil
}

// facts are what is looked at in a resource of a state.
type facts struct {
	URN        string         `json:"urn"`
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Custom     bool           `json:"custom"`
	External   bool           `json:"external"`
	Delete     bool           `json:"delete"`
	Inputs     map[string]any `json:"inputs"`
	Outputs    map[string]any `json:"outputs"`
	InitErrors []string       `json:"initErrors"`
}

// readFacts are those of all resources of an exported state, in its order.
func readFacts(raw []byte) ([]facts, error) {
	var d struct {
		Deployment struct {
			Resources []facts `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return d.Deployment.Resources, nil
}

// unfinished says whether a run ended before it knew how the resource ends: it has
// an error, or inputs and no outputs.
func (f facts) unfinished() bool {
	if !f.Custom || f.External || f.Delete || f.ID == "" || strings.HasPrefix(f.Type, "pulumi:providers:") {
		return false
	}
	return len(f.InitErrors) > 0 || len(f.Outputs) == 0 && len(f.Inputs) > 0
}

// careful takes --refresh away from a run where a resource is unfinished. A read
// would clear the error, so that nobody tries again, and it would take what Azure
// answers for what was declared.
// https://github.com/pulumi/pulumi/issues/17949
func (s *Stack) careful(before []byte, o RunOptions) (RunOptions, error) {
	if !o.Refresh {
		return o, nil
	}
	all, err := readFacts(before)
	if err != nil {
		return o, err
	}
	var names []string
	for _, f := range all {
		if f.unfinished() {
			_, name := Describe(f.URN)
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		o.Refresh = false
		s.say("Not refreshing: the last run left %s unfinished, and a refresh would hide that. They are finished first; refresh afterwards.",
			shortList(names))
	}
	return o, nil
}

// shortList names a few and counts the rest.
func shortList(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// unhide prepares an up: it leaves out a refresh that would do harm, and marks what
// is broken and has no error in the state, for a refresh of somebody else has taken
// that away.
func (s *Stack) unhide(ctx context.Context, before []byte, o RunOptions) (RunOptions, error) {
	o, err := s.careful(before, o)
	if err != nil || o.Broken == nil {
		return o, err
	}
	all, err := readFacts(before)
	if err != nil {
		return o, err
	}
	hidden := map[int]string{}
	for i, f := range all {
		if why := o.Broken(f.Type, f.Outputs); why != "" && len(f.InitErrors) == 0 && !f.Delete {
			hidden[i] = why
			_, name := Describe(f.URN)
			s.say("%s: %s. Trying again.", name, why)
		}
	}
	if len(hidden) == 0 {
		return o, nil
	}
	o.Refresh = false
	edited, err := marked(before, hidden)
	if err != nil {
		return o, err
	}
	return o, s.Import(ctx, edited)
}

// marked gives the resources with those numbers their errors.
func marked(raw []byte, why map[int]string) ([]byte, error) {
	d, err := readDeployment(raw)
	if err != nil {
		return nil, err
	}
	for i, text := range why {
		if err := d.resources[i].mark(text); err != nil {
			return nil, err
		}
	}
	return d.write()
}
