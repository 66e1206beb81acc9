package review

import "fmt"

// Guards are conditions that a change must meet, for approval without a reader.
type Guards struct {
	// MaxReplace is the most resources that may be replaced; negative is any number.
	MaxReplace int
	// NoDelete forbids that a resource goes without another in its place.
	NoDelete bool
	// NoReplaceControlPlane forbids that anything without which the API server does
	// not answer is replaced or deleted.
	NoReplaceControlPlane bool
}

// Broken is a guard that a change breaks.
type Broken struct {
	// Guard is the flag's name without dashes.
	Guard string `json:"guard"`
	// Message says what breaks it.
	Message string `json:"message"`
}

// The names of the guards.
const (
	GuardMaxReplace   = "max-replace"
	GuardNoDelete     = "no-delete"
	GuardControlPlane = "no-replace-control-plane"
)

// Check lists the guards that the review breaks, the gravest first.
func (g Guards) Check(r Review) []Broken {
	var replaced, deleted int
	var control []string
	for _, s := range r.Steps {
		switch s.Op {
		case "replace":
			replaced++
		case "delete":
			deleted++
		default:
			continue
		}
		if ofControlPlane(s.Part) {
			control = append(control, s.Name)
		}
	}
	var broken []Broken
	if g.NoReplaceControlPlane && len(control) > 0 {
		broken = append(broken, Broken{GuardControlPlane, fmt.Sprintf("%s of the control plane would go, %s among them", plural(len(control), "resource"), control[0])})
	}
	if g.NoDelete && deleted > 0 {
		broken = append(broken, Broken{GuardNoDelete, plural(deleted, "resource") + " would be deleted"})
	}
	if g.MaxReplace >= 0 && replaced > g.MaxReplace {
		broken = append(broken, Broken{GuardMaxReplace, fmt.Sprintf("%s would be replaced, and %d may be", plural(replaced, "resource"), g.MaxReplace)})
	}
	return broken
}
