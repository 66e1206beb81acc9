package engine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
)

// Event is one event of the engine. Secrets are masked in it.
type Event = apitype.EngineEvent

// lateEvents is how long an operation that has ended may take to close its
// stream. It has stopped the stream's server by then, so this is generous.
const lateEvents = 200 * time.Millisecond

// collector receives an operation's events, passes them on and keeps what the
// result is made of.
type collector struct {
	stream chan events.EngineEvent
	quit   chan struct{}
	done   chan struct{}

	diagnostics []Diagnostic
	failed      map[string]bool
	changes     map[string]int
	// judge is [RunOptions.Broken]; bad is what it said, by URN.
	judge func(typ string, outputs map[string]any) string
	bad   map[string]string
}

// collect starts to receive. The stream must be read without pause, or the
// automation API stalls, so the receiver must be quick.
func collect(receiver func(Event)) *collector {
	c := &collector{
		stream: make(chan events.EngineEvent), quit: make(chan struct{}), done: make(chan struct{}),
		failed: map[string]bool{}, changes: map[string]int{}, bad: map[string]string{},
	}
	go c.pump(receiver)
	return c
}

func (c *collector) pump(receiver func(Event)) {
	defer close(c.done)
	for {
		select {
		case <-c.quit:
			return
		case e, open := <-c.stream:
			if !open {
				return
			}
			if e.Error != nil {
				continue
			}
			c.keep(e.EngineEvent)
			if receiver != nil {
				receiver(e.EngineEvent)
			}
		}
	}
}

// wait returns when every event has been received. An engine that failed before
// it sent any never opens the stream, so nobody closes it either.
func (c *collector) wait() {
	late := time.NewTimer(lateEvents)
	defer late.Stop()
	select {
	case <-c.done:
	case <-late.C:
		close(c.quit)
		<-c.done
	}
}

func (c *collector) keep(e Event) {
	switch {
	case e.DiagnosticEvent != nil:
		c.keepDiagnostic(e.DiagnosticEvent)
	case e.ErrorEvent != nil:
		c.add(Diagnostic{Severity: "error", Message: plain(e.ErrorEvent.Error)})
	case e.ResOpFailedEvent != nil:
		c.failed[e.ResOpFailedEvent.Metadata.URN] = true
		c.keepComplaints(e.ResOpFailedEvent.Metadata)
	case e.ResOutputsEvent != nil:
		c.judgeOutputs(e.ResOutputsEvent.Metadata)
	case e.ResourcePreEvent != nil && counts(e.ResourcePreEvent.Metadata):
		c.changes[string(e.ResourcePreEvent.Metadata.Op)]++
	}
}

// judgeOutputs looks at what a step has made of a resource. What is deleted has
// nothing new.
func (c *collector) judgeOutputs(m apitype.StepEventMetadata) {
	if c.judge == nil || m.New == nil {
		return
	}
	delete(c.bad, m.URN)
	if text := c.judge(m.Type, m.New.Outputs); text != "" {
		c.bad[m.URN] = text
	}
}

// broken are the resources that the operation has left in a bad state.
func (c *collector) broken() []Diagnostic {
	var all []Diagnostic
	for _, urn := range slices.Sorted(maps.Keys(c.bad)) {
		typ, name := Describe(urn)
		all = append(all, Diagnostic{URN: urn, Type: typ, Name: name, Severity: "error", Message: c.bad[urn]})
	}
	return all
}

// counts says whether a step belongs in a count of changes: the two halves of a
// replacement do not, the replacement itself does. The stack, components and providers
// are no resources that a user thinks of: nothing in a cloud stands behind them.
func counts(m apitype.StepEventMetadata) bool {
	switch m.Op {
	case apitype.OpCreateReplacement, apitype.OpDeleteReplaced, apitype.OpReadReplacement,
		apitype.OpDiscardReplaced, apitype.OpRemovePendingReplace, apitype.OpReadDiscard:
		return false
	default:
		return custom(m) && m.Type != string(resource.RootStackType) && !strings.HasPrefix(m.Type, "pulumi:providers:")
	}
}

// custom says whether a provider stands behind a resource, so that it is no component.
func custom(m apitype.StepEventMetadata) bool {
	return m.New != nil && m.New.Custom || m.Old != nil && m.Old.Custom
}

func (c *collector) keepComplaints(m apitype.StepEventMetadata) {
	if m.New == nil {
		return
	}
	if message := complaints(m.New.Outputs); message != "" {
		typ, name := Describe(m.URN)
		c.add(Diagnostic{URN: m.URN, Type: typ, Name: name, Severity: "error", Message: message})
	}
}

func (c *collector) keepDiagnostic(d *apitype.DiagnosticEvent) {
	if d.Ephemeral || d.Severity != "error" {
		return
	}
	message := oneError.ReplaceAllString(plain(d.Message), "")
	if message == "" || followUp.MatchString(message) {
		return
	}
	typ, name := Describe(d.URN)
	c.add(Diagnostic{URN: d.URN, Type: typ, Name: name, Severity: d.Severity, Message: message})
}

func (c *collector) add(d Diagnostic) {
	same := func(o Diagnostic) bool { return o.URN == d.URN && o.Message == d.Message }
	if !slices.ContainsFunc(c.diagnostics, same) {
		c.diagnostics = append(c.diagnostics, d)
	}
}

// followUp are messages that only say that something else failed.
var followUp = regexp.MustCompile(`^(update|preview|destroy|refresh) (failed|canceled)$|` +
	`^resource registration failed$|^an unhandled error occurred: program failed: *\n? *waiting for RPCs`)

// oneError is how a provider's list of errors begins when there is only one.
var oneError = regexp.MustCompile(`^1 error occurred:\s*\* `)

// Describe returns the type and the name in a URN. Both are empty for the stack
// itself and for what is no URN.
func Describe(u string) (typ, name string) {
	parsed, err := urn.Parse(u)
	if err != nil || parsed.Type() == resource.RootStackType {
		return "", ""
	}
	return string(parsed.Type()), parsed.Name()
}

// plain takes the colour marks out of a message.
func plain(message string) string {
	return strings.TrimSpace(colors.Never.Colorize(message))
}
