package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

func TestLifeOfAStack(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	ctx := t.Context()
	s := pl.open(t, things("a", "b"))

	exists, err := s.Exists(ctx)
	require.NoError(t, err)
	require.False(t, exists)
	_, err = s.Outputs(ctx)
	require.Equal(t, engine.NotFound, engine.KindOf(err), "%v", err)

	require.NoError(t, s.Create(ctx))
	require.NoError(t, s.Create(ctx), "creating twice is no fault")

	preview, err := s.Preview(ctx, engine.RunOptions{})
	require.NoError(t, err)
	require.True(t, preview.Changed())
	require.Equal(t, 2, preview.Changes["create"])
	require.False(t, pl.cloud.has("a"))

	up, err := s.Up(ctx, engine.RunOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, up.Changes["create"])
	require.Equal(t, engine.Output{Value: "hunter2!", Secret: true}, up.Outputs["password"])
	require.False(t, up.Outputs["count"].Secret)

	again, err := s.Up(ctx, engine.RunOptions{})
	require.NoError(t, err)
	require.False(t, again.Changed(), "%v", again.Changes)

	masked, err := s.Export(ctx, false)
	require.NoError(t, err)
	require.NotContains(t, string(masked), "hunter2!")
	clear, err := s.Export(ctx, true)
	require.NoError(t, err)
	require.Contains(t, string(clear), "hunter2!")

	down, err := s.Destroy(ctx, engine.RunOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, down.Changes["delete"])
	require.NoError(t, s.Remove(ctx))
	exists, err = s.Exists(ctx)
	require.NoError(t, err)
	require.False(t, exists)
}

func TestFailureNamesTheResource(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("broken"))
	require.NoError(t, s.Create(t.Context()))
	_, err := s.Up(t.Context(), engine.RunOptions{})
	var e *engine.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, engine.Failed, e.Kind)
	require.Len(t, e.Diagnostics, 1, "%v", e.Diagnostics)
	require.Equal(t, "broken", e.Diagnostics[0].Name)
	require.Contains(t, e.Diagnostics[0].Message, `Code="QuotaExceeded"`)
	require.NotContains(t, e.Error(), "stdout:")
}

// An interrupted up finishes what it has begun, so that nothing is pending and
// the next one goes on.
func TestInterruptionIsOrderly(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("slow", "a"))
	require.NoError(t, s.Create(t.Context()))
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cancelled := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		_, err := s.Up(ctx, engine.RunOptions{Events: func(e engine.Event) {
			if e.StdoutEvent != nil && strings.Contains(e.StdoutEvent.Message, "cancelling") {
				close(cancelled)
			}
		}})
		ended <- err
	}()
	within(t, pl.cloud.begun)
	interrupt()
	within(t, cancelled)
	close(pl.cloud.proceed)
	err := <-ended
	require.Equal(t, engine.Interrupted, engine.KindOf(err), "%v", err)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, pl.cloud.has("slow"))
	require.Empty(t, pl.pending(t))

	r, err := s.Up(t.Context(), engine.RunOptions{})
	require.NoError(t, err)
	require.NotZero(t, r.Changes["same"])
	require.Empty(t, pl.said)
}

// A killed engine leaves a lock and a pending creation. The next up sees that
// the process is dead, and takes over what was created.
func TestUpAfterKill(t *testing.T) {
	t.Parallel()
	for _, created := range []bool{true, false} {
		t.Run(fmt.Sprintf("created=%t", created), func(t *testing.T) {
			t.Parallel()
			pl := newPlace(t)
			ctx := t.Context()
			s := pl.open(t, things("slow", "a"))
			require.NoError(t, s.Create(ctx))
			ended := make(chan error, 1)
			go func() {
				_, err := s.Up(ctx, engine.RunOptions{})
				ended <- err
			}()
			within(t, pl.cloud.begun)
			pl.kill(t)
			require.Error(t, <-ended)
			require.NotEmpty(t, pl.pending(t))
			if created {
				pl.cloud.put("slow", sized(1))
			}
			close(pl.cloud.proceed)
			require.NoError(t, s.Create(ctx), "the lock is not in the way of a command that comes first")
			_, err := s.Up(ctx, engine.RunOptions{})
			require.NoError(t, err)
			require.True(t, pl.cloud.has("slow") && pl.cloud.has("a"))
			require.Empty(t, pl.pending(t), "nothing is left pending")
			require.Contains(t, strings.Join(pl.said, "\n"), "died and left its lock")
			r, err := s.Up(ctx, engine.RunOptions{})
			require.NoError(t, err)
			require.False(t, r.Changed(), "%v", r.Changes)
		})
	}
}

// The second interruption does not wait for the provider.
func TestTermination(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("slow"))
	require.NoError(t, s.Create(t.Context()))
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var upErr error
	go func() {
		_, upErr = s.Up(ctx, engine.RunOptions{})
		close(ended)
	}()
	within(t, pl.cloud.begun)
	interrupt()
	close(pl.terminate)
	within(t, ended)
	require.Equal(t, engine.Interrupted, engine.KindOf(upErr))
	close(pl.cloud.proceed)
}

func TestLockedByTheLiving(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("a"))
	require.NoError(t, s.Create(t.Context()))
	lock := pl.lockFile(t, os.Getpid())
	_, err := s.Up(t.Context(), engine.RunOptions{})
	var e *engine.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, engine.Locked, e.Kind)
	require.Len(t, e.Holders, 1)
	require.Equal(t, os.Getpid(), e.Holders[0].PID)
	require.FileExists(t, lock)
	require.NoError(t, s.Unlock(t.Context()))
	require.NoFileExists(t, lock)
}

func TestPassphraseMissing(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	pl.env = engine.Environment{Base: pl.env, Sealed: true, Keep: []string{"PULUMI_BACKEND_URL", "PULUMI_HOME"}}.List()
	err := pl.open(t, nil).Create(t.Context())
	require.Equal(t, engine.NoPassphrase, engine.KindOf(err), "%v", err)
	var e *engine.Error
	require.True(t, errors.As(err, &e) && strings.Contains(e.Remedy(), "PULUMI_CONFIG_PASSPHRASE"))
}

func (pl *place) lockFile(t *testing.T, pid int) string {
	t.Helper()
	host, err := os.Hostname()
	require.NoError(t, err)
	dir := filepath.Join(pl.backend, ".pulumi", "locks", "organization", engine.Project, "dev")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	data, err := json.Marshal(map[string]any{
		"pid": pid, "username": "u", "hostname": host, "timestamp": "2026-01-02T03:04:05Z",
	})
	require.NoError(t, err)
	path := filepath.Join(dir, "00000000-0000-0000-0000-000000000000.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// kill kills the engine that holds the stack.
func (pl *place) kill(t *testing.T) {
	t.Helper()
	locks, err := filepath.Glob(filepath.Join(pl.backend, ".pulumi", "locks", "organization", engine.Project, "dev", "*.json"))
	require.NoError(t, err)
	require.Len(t, locks, 1)
	data, err := os.ReadFile(locks[0])
	require.NoError(t, err)
	var lock struct{ PID int }
	require.NoError(t, json.Unmarshal(data, &lock))
	p, err := os.FindProcess(lock.PID)
	require.NoError(t, err)
	require.NoError(t, p.Kill())
}

// pending lists the state's pending operations.
func (pl *place) pending(t *testing.T) []any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(pl.backend, ".pulumi", "stacks", engine.Project, "dev.json"))
	require.NoError(t, err)
	var state struct {
		Checkpoint struct {
			Latest struct {
				Pending []any `json:"pending_operations"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	require.NoError(t, json.Unmarshal(data, &state))
	return state.Checkpoint.Latest.Pending
}

// Who holds a stack is found out without disturbing it.
func TestHolders(t *testing.T) {
	t.Parallel()
	pl := newPlace(t)
	s := pl.open(t, things("a"))
	require.NoError(t, s.Create(t.Context()))
	last, err := s.LastRun(t.Context())
	require.NoError(t, err)
	require.Nil(t, last)
	holders, err := s.Holders(t.Context())
	require.NoError(t, err)
	require.Empty(t, holders)
	lock := pl.lockFile(t, os.Getpid())
	holders, err = s.Holders(t.Context())
	require.NoError(t, err)
	require.Len(t, holders, 1)
	lives, known := holders[0].Lives()
	require.True(t, lives && known)
	require.FileExists(t, lock)
	require.NoError(t, s.Unlock(t.Context()))

	_, err = s.Up(t.Context(), engine.RunOptions{})
	require.NoError(t, err)
	last, err = s.LastRun(t.Context())
	require.NoError(t, err)
	require.Equal(t, engine.Succeeded, last.Result)
}

// A config file that somebody wrote stays when its stack goes.
func TestRemoveLeavesAWrittenConfig(t *testing.T) {
	t.Parallel()
	for content, stays := range map[string]bool{"config:\n  hybridcluster:location: westeurope\n": true, "": false} {
		pl := newPlace(t)
		path := filepath.Join(pl.dir, "Pulumi.dev.yaml")
		if content != "" {
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		}
		s := pl.open(t, nil)
		require.NoError(t, s.Create(t.Context()))
		require.FileExists(t, path, "it has how secrets are kept")
		require.NoError(t, s.Remove(t.Context()))
		_, err := os.Stat(path)
		require.Equal(t, stays, err == nil)
	}
}
