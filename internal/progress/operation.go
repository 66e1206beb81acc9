package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// operation is one that runs.
type operation struct {
	urn, typ, name string
	kind           kind
	began          time.Time
	status         string
	// cancelled: it was called off, which is no failure of its own.
	cancelled bool
}

// kind is how an operation is written.
type kind struct {
	mark, doing, did string
	color            int
}

const (
	red    = 31
	green  = 32
	yellow = 33
	purple = 35
)

// kindOf returns how an operation is shown; false for one that is not: what
// changes nothing, and the logical half of a replacement.
func kindOf(op apitype.OpType) (kind, bool) {
	switch op {
	case apitype.OpCreate:
		return kind{"+", "creating", "created", green}, true
	case apitype.OpUpdate:
		return kind{"~", "updating", "updated", yellow}, true
	case apitype.OpDelete:
		return kind{"-", "deleting", "deleted", red}, true
	case apitype.OpCreateReplacement:
		return kind{"+-", "replacing", "replaced", purple}, true
	case apitype.OpDeleteReplaced:
		return kind{"--", "deleting the old", "deleted for its replacement", purple}, true
	case apitype.OpImport:
		return kind{"=", "importing", "imported", green}, true
	default:
		return kind{}, false
	}
}

// shown leaves out what has no existence outside Pulumi: components, providers
// and the stack.
func shown(m apitype.StepEventMetadata) bool {
	if strings.HasPrefix(m.Type, "pulumi:") {
		return false
	}
	state := m.New
	if state == nil {
		state = m.Old
	}
	return state != nil && state.Custom
}

func (d *Display) begin(m apitype.StepEventMetadata) {
	k, ok := kindOf(m.Op)
	if !ok || !shown(m) {
		return
	}
	typ, name := engine.Describe(m.URN)
	d.running = append(d.running, &operation{urn: m.URN, typ: typ, name: name, kind: k, began: d.o.Now()})
	d.redraw("")
}

func (d *Display) finish(m apitype.StepEventMetadata, failed bool) {
	k, ok := kindOf(m.Op)
	if !ok || !shown(m) {
		return
	}
	i := slices.IndexFunc(d.running, func(op *operation) bool { return op.urn == m.URN && op.kind == k })
	if i < 0 {
		return
	}
	op := d.running[i]
	d.running = slices.Delete(d.running, i, i+1)
	took := elapsed(d.o.Now().Sub(op.began))
	if failed && op.cancelled {
		d.redraw(fmt.Sprintf("%s %s %s stopped after %s\n", d.paint(yellow, "!"), op.typ, op.name, took))
		return
	}
	if failed {
		d.redraw(fmt.Sprintf("%s %s %s failed after %s\n", d.paint(red, "x"), op.typ, op.name, took))
		return
	}
	d.done++
	d.redraw(fmt.Sprintf("%s %s %s %s (%s)\n", d.paint(k.color, k.mark), op.typ, op.name, k.did, took))
}

// diagnostic shows warnings once. Errors come with the end of the operation,
// all together; what a provider says about its waiting goes to the live lines.
func (d *Display) diagnostic(e *apitype.DiagnosticEvent) {
	text := strings.TrimSpace(colors.Never.Colorize(e.Message))
	if e.Ephemeral {
		for _, op := range d.running {
			if op.urn == e.URN {
				op.status, _, _ = strings.Cut(text, "\n")
			}
		}
		return
	}
	wanted := e.Severity == "warning" || d.o.Verbose && strings.HasPrefix(e.Severity, "info")
	if e.Severity == "error" && engine.Cancelled(text) {
		for _, op := range d.running {
			op.cancelled = op.cancelled || op.urn == e.URN
		}
	}
	// The engine warns of pending operations at length; the engine package has
	// dealt with them and said so.
	if !wanted || text == "" || strings.HasPrefix(text, "Attempting to deploy or update resources") {
		return
	}
	if _, name := engine.Describe(e.URN); name != "" {
		text = name + ": " + text
	}
	if d.seen[text] {
		return
	}
	d.seen[text] = true
	color := yellow
	if e.Severity != "warning" {
		color = 0
	}
	severity, _, _ := strings.Cut(e.Severity, "#")
	d.redraw(d.paint(color, severity) + ": " + text + "\n")
}

func (op *operation) note() string {
	if op.status == "" {
		return ""
	}
	return ": " + op.status
}

func (d *Display) paint(color int, s string) string {
	if !d.o.Color || color == 0 {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, s)
}
