package report

import (
	"fmt"
	"io"
	"strings"
)

// Painter colours text; the zero value leaves it as it is.
type Painter struct{ On bool }

func (p Painter) paint(code int, s string) string {
	if !p.On {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", code, s)
}

// marks are what operations and property changes begin with.
var marks = map[string]struct {
	text  string
	color int
}{
	"create": {"+", 32}, "update": {"~", 33}, "delete": {"-", 31}, "replace": {"+-", 35},
	"import": {"=", 32}, "add": {"+", 32},
}

// WriteSteps writes the steps of a preview, one line each, and below it a line
// for each property that changes.
func WriteSteps(w io.Writer, steps []Step, p Painter) error {
	var b strings.Builder
	for _, s := range steps {
		mark := marks[s.Op]
		fmt.Fprintf(&b, "%s %s %s %s\n", p.paint(mark.color, mark.text), s.Type, s.Name, s.Op)
		for _, c := range s.Diff {
			fmt.Fprintf(&b, "    %s\n", c.line(p))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c PropertyChange) line(p Painter) string {
	mark := marks[c.Kind]
	s := p.paint(mark.color, mark.text) + " " + c.Path + ": "
	switch {
	case c.Kind == "add":
		s += c.New
	case c.Kind == "delete":
		s += c.Old
	case c.Old == "[secret]" && c.New == "[secret]":
		s += "[secret] changes"
	default:
		s += c.Old + " => " + c.New
	}
	if c.Replaces {
		s += " (replaces)"
	}
	return s
}

// Verdict says in a line what an operation did or would do, from its counts.
func Verdict(changes map[string]int, preview bool) string {
	words := map[string]string{
		"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted", "import": "imported",
	}
	var parts []string
	for _, op := range []string{"create", "update", "replace", "delete", "import"} {
		if n := changes[op]; n > 0 && preview {
			parts = append(parts, fmt.Sprintf("%d to %s", n, op))
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words[op]))
		}
	}
	same := changes["same"]
	if len(parts) == 0 {
		return fmt.Sprintf("No changes: %d resources are as declared.", same)
	}
	if same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", same))
	}
	return strings.Join(parts, ", ") + "."
}

// Mark is what the line of an operation begins with.
func (p Painter) Mark(op string) string {
	mark := marks[op]
	return p.paint(mark.color, mark.text)
}
