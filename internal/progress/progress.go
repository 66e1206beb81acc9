// Package progress shows what the engine is doing while it does it: a live
// display on a terminal, plain lines elsewhere.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

const (
	liveTick = 250 * time.Millisecond
	// plainTick is how often a log without a terminal hears of what still runs,
	// so that nobody takes it for dead.
	plainTick = 30 * time.Second
)

// Options say how to show progress.
type Options struct {
	// Live redraws the last lines in place. It needs a terminal.
	Live bool
	// Width is the terminal's width in columns; it may change meanwhile.
	Width func() int
	// Color marks operations with ANSI colours.
	Color bool
	// Quiet shows nothing at all.
	Quiet bool
	// Verbose shows informational messages of the engine and the providers.
	Verbose bool
	// Now is the clock.
	Now func() time.Time
}

// Display shows progress. Its methods can be called at the same time.
type Display struct {
	o Options
	w io.Writer

	mu         sync.Mutex
	began      time.Time
	running    []*operation
	activities []*activity
	done       int
	seen       map[string]bool
	drawn      int

	stop   chan struct{}
	ticker sync.WaitGroup
}

// activity is something long that is not the engine's.
type activity struct {
	label string
	began time.Time
}

// New returns a display that writes to w. Close it.
func New(w io.Writer, o Options) *Display {
	d := newDisplay(w, o)
	every := plainTick
	if o.Live {
		every = liveTick
	}
	d.ticker.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-d.stop:
				return
			case <-t.C:
				d.tick()
			}
		}
	})
	return d
}

func newDisplay(w io.Writer, o Options) *Display {
	if o.Quiet {
		w = io.Discard
	}
	return &Display{o: o, w: w, seen: map[string]bool{}, stop: make(chan struct{})}
}

// Close takes the live lines away and stops.
func (d *Display) Close() {
	close(d.stop)
	d.ticker.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running, d.activities = nil, nil
	d.redraw("")
}

// Note writes a line of its own.
func (d *Display) Note(message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.redraw(message + "\n")
}

// Activity shows something long until the function it returns is called.
func (d *Display) Activity(label string) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := &activity{label: label, began: d.o.Now()}
	d.activities = append(d.activities, a)
	d.redraw(label + "\n")
	return func() { d.end(a) }
}

func (d *Display) end(a *activity) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, other := range d.activities {
		if other == a {
			d.activities = append(d.activities[:i], d.activities[i+1:]...)
			break
		}
	}
	line := ""
	if took := d.o.Now().Sub(a.began); took >= time.Second {
		line = fmt.Sprintf("That took %s.\n", elapsed(took))
	}
	d.redraw(line)
}

// Event takes an event of the engine.
func (d *Display) Event(e engine.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.began.IsZero() {
		d.began = d.o.Now()
	}
	switch {
	case e.ResourcePreEvent != nil:
		d.begin(e.ResourcePreEvent.Metadata)
	case e.ResOutputsEvent != nil:
		d.finish(e.ResOutputsEvent.Metadata, false)
	case e.ResOpFailedEvent != nil:
		d.finish(e.ResOpFailedEvent.Metadata, true)
	case e.DiagnosticEvent != nil:
		d.diagnostic(e.DiagnosticEvent)
	}
}

// tick keeps the elapsed times going.
func (d *Display) tick() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.o.Live {
		d.redraw("")
		return
	}
	now := d.o.Now()
	for _, a := range d.activities {
		_, _ = fmt.Fprintf(d.w, "  still at it after %s\n", elapsed(now.Sub(a.began)))
	}
	for _, op := range d.running {
		if took := now.Sub(op.began); took >= plainTick {
			_, _ = fmt.Fprintf(d.w, "  still %s %s after %s%s\n", op.kind.doing, op.name, elapsed(took), op.note())
		}
	}
}

// elapsed writes a duration as people do: 42s, 3m07s, 1h05m.
func elapsed(t time.Duration) string {
	s := int(t.Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	default:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
}
