package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// An interruption at a question does not wait for an answer.
func TestInterruptionAtAQuestion(t *testing.T) {
	t.Parallel()
	typed, keyboard := io.Pipe() // nobody ever types
	t.Cleanup(func() { _ = keyboard.Close() })
	var said bytes.Buffer
	a := &app{stdin: typed, stderr: &said, getenv: func(string) string { return "" }, width: func() int { return 80 }}
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := stopInTwoSteps(a, cancel, make(chan struct{}))
	answered := make(chan error)
	go func() { answered <- a.confirm(ctx, "Delete?", "dev", "deleted") }()
	interrupt(os.Interrupt)
	err := <-answered
	require.Equal(t, exitInterrupted, a.conclude(err))
	require.Contains(t, said.String(), "nothing was deleted")
	require.NotContains(t, said.String(), "finished first", "nothing has begun")
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for answer, code := range map[string]int{"dev\n": 0, " dev \n": 0, "y\n": exitUsage, "\n": exitUsage, "": exitUsage, "dev": exitUsage} { //nolint:gocritic // blanks are part of what is typed
		a := &app{stdin: strings.NewReader(answer), stderr: io.Discard}
		err := a.confirm(t.Context(), "Delete?", "dev", "deleted")
		if code == 0 {
			require.NoError(t, err, answer)
			continue
		}
		require.Equal(t, code, a.conclude(err), answer)
	}
}

// What the first interruption says is what happens.
func TestTheFirstInterruptionSaysWhatHappens(t *testing.T) {
	t.Parallel()
	for _, changing := range []bool{false, true} {
		var said bytes.Buffer
		a := &app{stderr: &said}
		if changing {
			defer a.finishes()()
		}
		terminate := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		interrupt := stopInTwoSteps(a, cancel, terminate)
		interrupt(os.Interrupt)
		require.Equal(t, changing, strings.Contains(said.String(), "What has begun is finished first"), said.String())
		require.Contains(t, said.String(), "Interrupted.")
		require.Error(t, ctx.Err())
		interrupt(os.Interrupt)
		<-terminate
		require.Equal(t, changing, strings.Contains(said.String(), "may have to be cleaned up"))
	}
}

// The lock of a run that lives is left alone.
func TestUnlockSparesTheLiving(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	require.NoError(t, err)
	here := engine.Holder{User: "me", Host: host, PID: os.Getpid(), URL: "azblob://x/1.json"}
	dead := engine.Holder{User: "me", Host: host, PID: 1 << 30, URL: "azblob://x/2.json"}
	far := engine.Holder{User: "you", Host: "another", PID: os.Getpid(), URL: "azblob://x/3.json"}
	for name, tc := range map[string]struct {
		holders []engine.Holder
		force   bool
		refused bool
	}{
		"nobody":            {nil, false, false},
		"a dead one":        {[]engine.Holder{dead}, false, false},
		"elsewhere":         {[]engine.Holder{far}, false, false},
		"a living one":      {[]engine.Holder{dead, here}, false, true},
		"forced":            {[]engine.Holder{here}, true, false},
		"nobody, by force":  {nil, true, false},
		"two, one far away": {[]engine.Holder{far, here}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := spare("dev", tc.holders, tc.force)
			if !tc.refused {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "held by a run that lives: me@"+host)
			require.NotContains(t, err.Error(), "you@")
			require.Equal(t, exitLocked, (&app{stderr: io.Discard}).conclude(err))
		})
	}
}

// Another program gets the emulator and no way to anything real.
func TestLentEnvironment(t *testing.T) {
	t.Parallel()
	got := lentEnvironment([]string{
		"PATH=/bin", "ARM_CLIENT_SECRET=s", "AZURE_TENANT_ID=t", "KUBECONFIG=/k", "PULUMI_BACKEND_URL=file:///b", "PULUMI_CONFIG_PASSPHRASE=p",
		"PULUMI_DEBUG_PROVIDERS=azure-native:1", "AZURE_STORAGE_KEY=k",
	}, map[string]string{"PULUMI_DEBUG_PROVIDERS": "azure-native:2"})
	require.ElementsMatch(t, []string{
		"PATH=/bin", "PULUMI_BACKEND_URL=file:///b", "PULUMI_CONFIG_PASSPHRASE=p", "AZURE_STORAGE_KEY=k",
		"PULUMI_DEBUG_PROVIDERS=azure-native:2", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
	}, got)
}
