package emulator

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// Call is one call of a provider, without any values.
type Call struct {
	// Type is Pulumi's type or function token.
	Type string `json:"type"`
	// Op is check, diff, create, read, update, delete or invoke.
	Op string `json:"op"`
	// Name is the resource's logical name.
	Name string `json:"name,omitempty"`
	// Preview is whether nothing was to change.
	Preview  bool          `json:"preview,omitempty"`
	Start    time.Time     `json:"start"`
	Duration time.Duration `json:"duration"`
	// Code is empty for success, Azure's error code, Canceled, or Error.
	Code string `json:"code,omitempty"`
}

// journal collects calls.
type journal struct {
	mu    sync.Mutex
	calls []Call
}

func (j *journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, c)
}

func (j *journal) list() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.calls)
}

// WithJournal tells record about every call when it has ended. record is called from several goroutines.
func WithJournal(record func(Call), provider p.Provider) p.Provider {
	return around(func(ctx context.Context, call info, next func(context.Context) error) error {
		start := time.Now()
		err := next(ctx)
		record(Call{
			Type: call.typ, Op: call.op, Name: call.name, Preview: call.preview,
			Start: start, Duration: time.Since(start), Code: codeOf(err),
		})
		return err
	}, provider)
}

func codeOf(err error) string {
	var coded interface{ ErrorCode() string }
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "Canceled"
	case errors.As(err, &coded):
		return coded.ErrorCode()
	default:
		return "Error"
	}
}
