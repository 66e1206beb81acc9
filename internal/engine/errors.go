package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Kind says what went wrong, as far as a program can act on it.
type Kind int

// The kinds of errors.
const (
	// Failed is the ordinary case: a resource or the program failed.
	Failed Kind = iota
	// Interrupted means the user or a deadline stopped it.
	Interrupted
	// Locked means another run holds the stack.
	Locked
	// NotFound means there is no such stack.
	NotFound
	// Conflict means the stack exists already.
	Conflict
	// NoBackend means Pulumi does not know where to keep state.
	NoBackend
	// NoPassphrase means that the stack's secrets cannot be read.
	NoPassphrase
	// Crashed means the engine itself broke.
	Crashed
	// TornState means that a file beside the state is only half written. It
	// happens with file:// backends, whose metadata files are not replaced
	// atomically: https://pkg.go.dev/gocloud.dev/blob/fileblob#hdr-Metadata
	TornState
)

// Diagnostic is one complaint of the engine or of a provider.
type Diagnostic struct {
	// URN is the resource's; empty or the stack's where it is not about one.
	URN string `json:"urn,omitempty"`
	// Type and Name are taken from the URN.
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	// Severity is error, warning or info.
	Severity string `json:"severity"`
	// Message is plain text, without colours.
	Message string `json:"message"`
}

// Error is how an operation failed. Its text never holds the raw output of the
// engine.
type Error struct {
	// Op is the operation: up, preview, destroy, …
	Op string
	// Stack is the stack's name.
	Stack string
	// Kind is what a program can act on.
	Kind Kind
	// Diagnostics are the errors that the engine reported, without repetitions.
	Diagnostics []Diagnostic
	// Detail is what the engine said outside its events, in a line or a few.
	Detail string
	// Holders are the runs that hold the stack, where Kind is Locked.
	Holders []Holder

	cause error
	// howToDelete is of [Options].
	howToDelete func(group string) string
}

// Error says what failed, with the resources' own complaints.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of stack %s %s", e.Op, e.Stack, e.Kind.verb())
	for _, d := range e.Diagnostics {
		// That an interruption stopped something is what it was for.
		if e.Kind == Interrupted && Cancelled(d.Message) {
			continue
		}
		b.WriteString("\n  " + d.String())
	}
	switch {
	case len(e.Holders) > 0:
		for _, h := range e.Holders {
			b.WriteString("\n  it is locked by " + h.String())
		}
	case e.Detail != "" && len(e.Diagnostics) == 0:
		b.WriteString(": " + e.Detail)
	}
	if r := e.Remedy(); r != "" {
		b.WriteString("\n" + r)
	}
	return b.String()
}

// Cancelled tells a message that only says an operation was called off.
func Cancelled(message string) bool { return strings.Contains(message, context.Canceled.Error()) }

// Unwrap gives context.Canceled for an interrupted operation, and nothing else:
// the automation API's errors carry the whole output.
func (e *Error) Unwrap() error { return e.cause }

// Remedy says what the user can do, or nothing.
func (e *Error) Remedy() string {
	switch e.Kind {
	case Locked:
		return "wait for that run to end; if it is dead, run `hybridctl unlock " + e.Stack + "` with the same flags"
	case NoBackend:
		return "tell where to keep state: --backend URL (file://, azblob://, s3://, gs://), " +
			"PULUMI_BACKEND_URL, or run `pulumi login` first; --emulator needs none"
	case NoPassphrase:
		return "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the stack's passphrase"
	case TornState:
		return "a run that was killed left an empty .attrs file beside the stack's state; delete that file, the state itself is whole"
	case Crashed:
		return "this is a fault of the Pulumi engine; run the same command again, and if it stays, `pulumi state repair`"
	case Failed:
		if group := existingGroup(e.Diagnostics); group != "" {
			remedy := fmt.Sprintf("there is a resource group %s, and it is not known to be this stack's: give the cluster another dnsPrefix", group)
			if e.howToDelete != nil {
				remedy += ", or " + e.howToDelete(group)
			}
			return remedy
		}
	default:
	}
	return ""
}

func (k Kind) verb() string {
	switch k {
	case Interrupted:
		return "was interrupted"
	case Locked:
		return "is not possible now"
	case NotFound:
		return "is not possible: there is no such stack"
	case Conflict:
		return "is not possible: the stack exists already"
	default:
		return "failed"
	}
}

// String is the resource's name first, then its type, then what it says.
func (d Diagnostic) String() string {
	if d.Name == "" {
		return d.Message
	}
	return fmt.Sprintf("%s (%s): %s", d.Name, d.Type, d.Message)
}

// KindOf returns the kind of an error of this package, however it is wrapped,
// and Failed for any other.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Interrupted
	}
	return Failed
}

var conflict = regexp.MustCompile(`stack .*already exists`)

// patterns tell an error's kind from what the CLI prints. Its exit codes would
// do as well, but only newer versions have them.
var patterns = []struct {
	kind Kind
	re   *regexp.Regexp
}{
	{Locked, regexp.MustCompile(`the stack is currently locked by|\[409\] Conflict: Another update is currently in progress`)},
	{NotFound, regexp.MustCompile(`no stack named .* found`)},
	{Conflict, conflict},
	{NoBackend, regexp.MustCompile(`PULUMI_ACCESS_TOKEN must be set|unable to open bucket|problem logging in`)},
	{NoPassphrase, regexp.MustCompile(`passphrase must be set|incorrect passphrase`)},
	{TornState, regexp.MustCompile(`failed to load checkpoint: (unexpected )?EOF`)},
	{Crashed, regexp.MustCompile(`The Pulumi CLI encountered a .* error\. This is a bug`)},
}

// classify turns what the automation API returned into an Error. It looks at
// the context first: an interrupted engine fails with all sorts of messages. Only
// that a stack could not be created because it is there counts for more: it is
// somebody else's then.
func classify(ctx context.Context, op, stack string, f failure, diags []Diagnostic) *Error {
	e := &Error{Op: op, Stack: stack, Diagnostics: diags, Detail: detail(f.stderr)}
	if ctx.Err() != nil && op == opCreation && conflict.MatchString(f.stderr) {
		e.Kind = Conflict
		return e
	}
	if ctx.Err() != nil {
		e.Kind, e.cause = Interrupted, context.Canceled
		return e
	}
	for _, p := range patterns {
		if p.re.MatchString(f.stderr) || p.kind == Crashed && p.re.MatchString(f.stdout) {
			e.Kind = p.kind
			break
		}
	}
	if e.Kind == Locked {
		e.Holders = holders(f.stderr)
	}
	return e
}

// maxDetail is the most lines of the engine's own words that are passed on.
const maxDetail = 6

// detail picks the errors out of what the CLI wrote to stderr.
func detail(stderr string) string {
	var out []string
	inError := false
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(line, "error: "); ok {
			inError, line = true, rest
		} else if !strings.HasPrefix(line, " ") {
			inError = false
		}
		if inError && strings.TrimSpace(line) != "" && len(out) < maxDetail {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
