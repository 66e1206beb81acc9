package progress

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

var update = flag.Bool("update", false, "rewrite the golden files; the test fails all the same")

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) after(d time.Duration) { c.now = c.now.Add(d) }

func urn(typ, name string) string { return "urn:pulumi:dev::hybridcluster::" + typ + "::" + name }

func step(op apitype.OpType, typ, name string) apitype.StepEventMetadata {
	state := &apitype.StepEventStateMetadata{Custom: !strings.HasPrefix(typ, "hybridcluster:")}
	return apitype.StepEventMetadata{Op: op, URN: urn(typ, name), Type: typ, New: state}
}

func pre(op apitype.OpType, typ, name string) engine.Event {
	return engine.Event{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: step(op, typ, name)}}
}

func post(op apitype.OpType, typ, name string) engine.Event {
	return engine.Event{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: step(op, typ, name)}}
}

func failed(op apitype.OpType, typ, name string) engine.Event {
	return engine.Event{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: step(op, typ, name)}}
}

func says(severity, message string, ephemeral bool) engine.Event {
	e := &apitype.DiagnosticEvent{
		URN: urn(vm, "linuxpool1000"), Severity: severity, Message: message, Ephemeral: ephemeral,
	}
	return engine.Event{DiagnosticEvent: e}
}

const (
	vm  = "azure-native:compute:VirtualMachine"
	nsg = "azure-native:network:NetworkSecurityGroup"
	dep = "kubernetes:apps/v1:Deployment"
)

// play is an up with one of everything.
func play(d *Display, c *clock) {
	end := d.Activity("Building the Pulumi CLI 3.258.0 (there is none on PATH).")
	c.after(40 * time.Second)
	d.tick()
	c.after(40 * time.Second)
	end()
	d.Event(pre(apitype.OpSame, nsg, "unchanged"))
	d.Event(pre(apitype.OpCreate, "hybridcluster:index:HybridCluster", "cluster"))
	d.Event(pre(apitype.OpCreate, vm, "linuxpool1000"))
	d.Event(pre(apitype.OpUpdate, nsg, "nodes"))
	c.after(3 * time.Second)
	d.Event(post(apitype.OpUpdate, nsg, "nodes"))
	d.Event(says("warning", "<{%fg 3%}>the image is old<{%reset%}>\n", false))
	d.Event(says("warning", "the image is old", false))
	d.Event(says("info", "for the curious", false))
	d.Event(says("info", "waiting for the boot", true))
	c.after(30 * time.Second)
	d.tick()
	d.Event(post(apitype.OpCreate, vm, "linuxpool1000"))
	d.Event(pre(apitype.OpDeleteReplaced, vm, "winpool1000"))
	c.after(61 * time.Second)
	d.Event(post(apitype.OpDeleteReplaced, vm, "winpool1000"))
	d.Event(pre(apitype.OpReplace, vm, "winpool1000"))
	d.Event(pre(apitype.OpCreateReplacement, vm, "winpool1000"))
	c.after(10 * time.Second)
	d.Event(post(apitype.OpCreateReplacement, vm, "winpool1000"))
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		d.Event(pre(apitype.OpDelete, dep, name))
	}
	d.Event(failed(apitype.OpDelete, dep, "a"))
	d.Note("The last run died and left its lock.")
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"plain":   {},
		"verbose": {Verbose: true},
		"color":   {Color: true},
		"live":    {Live: true},
		"quiet":   {Quiet: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			o.Now, o.Width = func() time.Time { return c.now }, func() int { return 60 }
			var out bytes.Buffer
			d := newDisplay(&out, o)
			play(d, c)
			d.Close()
			golden(t, name, out.String())
		})
	}
}

// golden compares with control characters made visible.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(strings.ReplaceAll(got, "\x1b", "<ESC>"), "\r", "<CR>")
	path := filepath.Join("testdata", name+".golden")
	want, err := os.ReadFile(path)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Fatalf("%s was rewritten", path)
	}
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// A live line that wraps could not be taken back.
func TestLiveLinesFitTheTerminal(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", clip("abc", 3))
	require.Equal(t, "ab…", clip("abcd", 3))
	require.Equal(t, "äö…", clip("äöüß", 3))
	require.Equal(t, "abcd", clip("abcd", 0))
}

func TestElapsed(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s": 300 * time.Millisecond, "59s": 59 * time.Second, "1m00s": time.Minute,
		"3m07s": 187 * time.Second, "1h05m": 65*time.Minute + 3*time.Second,
	} {
		require.Equal(t, want, elapsed(d))
	}
}

// Events, notes and the ticker come from different goroutines.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := New(&out, Options{Live: true, Width: func() int { return 80 }, Now: time.Now})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			d.Note("note")
			d.tick()
		}
	}()
	for range 100 {
		d.Event(pre(apitype.OpCreate, vm, "x"))
		d.Event(post(apitype.OpCreate, vm, "x"))
	}
	<-done
	d.Close()
	require.Equal(t, 100, strings.Count(out.String(), "x created"))
}
