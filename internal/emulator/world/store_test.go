package world_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func open(t *testing.T, dir string) *world.Store {
	t.Helper()
	s, err := world.Open(dir)
	require.NoError(t, err)
	return s
}

func put(name string) func(*world.World) error {
	return func(w *world.World) error {
		w.Resources[name] = &world.Resource{ID: name, Inputs: map[string]any{"number": 1.0}}
		return nil
	}
}

func names(t *testing.T, s *world.Store) []string {
	t.Helper()
	var out []string
	require.NoError(t, s.View(t.Context(), func(w *world.World) error {
		for name := range w.Resources {
			out = append(out, name)
		}
		return nil
	}))
	return out
}

func TestUpdateIsKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	first := open(t, dir)
	require.NoError(t, first.Update(t.Context(), put("a")))
	require.Equal(t, []string{"a"}, names(t, open(t, dir)))

	info, err := os.Stat(filepath.Join(dir, "world.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, "world.json.*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	boom := errors.New("boom")
	fail := func(w *world.World) error {
		w.Sequence = 99
		_ = put("b")(w)
		if a := w.Resources["a"]; a != nil {
			a.Inputs["number"] = 2.0
		}
		return boom
	}
	require.ErrorIs(t, s.Update(t.Context(), fail), boom, "in an empty world")
	require.NoError(t, s.Update(t.Context(), put("a")))
	require.ErrorIs(t, s.Update(t.Context(), fail), boom)
	require.Panics(t, func() {
		_ = s.Update(t.Context(), func(w *world.World) error { _ = fail(w); panic("boom") })
	})
	require.NoError(t, s.View(t.Context(), func(w *world.World) error {
		require.Len(t, w.Resources, 1)
		require.Equal(t, 1.0, w.Resources["a"].Inputs["number"])
		require.Zero(t, w.Sequence)
		return nil
	}))
}

func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const each = 20
	stores := []*world.Store{open(t, dir), open(t, dir)} // each has its own lock, as two processes have
	var group sync.WaitGroup
	for _, s := range stores {
		group.Go(func() {
			for range each {
				err := s.Update(t.Context(), func(w *world.World) error { w.Next(); return nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, s := range stores {
		require.NoError(t, s.View(t.Context(), func(w *world.World) error {
			require.Equal(t, uint64(2*each), w.Sequence)
			return nil
		}))
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	waiting, other := open(t, dir), open(t, dir)
	for name, writer := range map[string]*world.Store{"here": waiting, "elsewhere": other} {
		done := make(chan error, 1)
		go func() {
			done <- waiting.Wait(t.Context(), func(w *world.World) bool { return w.Resources[name] != nil })
		}()
		require.NoError(t, writer.Update(t.Context(), put(name)))
		require.NoError(t, <-done)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := open(t, t.TempDir())
	done := make(chan error, 1)
	go func() { done <- s.Wait(ctx, func(*world.World) bool { cancel(); return false }) }()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"broken": "{", "of another format": `{"version": 99}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "world.json"), []byte(content), 0o600))
			_, err := world.Open(dir)
			require.ErrorContains(t, err, "delete the file")
		})
	}
}

func TestObjectsKeepWholeNumbers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	object := map[string]any{"spec": map[string]any{"replicas": int64(3), "share": 0.5}}
	require.NoError(t, open(t, dir).Update(t.Context(), func(w *world.World) error {
		w.Clusters["api"] = &world.Cluster{Objects: world.Objects{object}}
		return nil
	}))
	require.NoError(t, open(t, dir).View(t.Context(), func(w *world.World) error {
		require.Equal(t, world.Objects{object}, w.Clusters["api"].Objects)
		return nil
	}))
}

func TestDigestHidesAndCompares(t *testing.T) {
	t.Parallel()
	require.Equal(t, world.Digest("a"), world.Digest("a"))
	require.NotEqual(t, world.Digest("a"), world.Digest("b"))
	require.NotContains(t, world.Digest("secret"), "secret")
}

// Follow tells of changes of this process and of others, and of nothing else.
func TestFollow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, err := world.Open(dir)
	require.NoError(t, err)
	theirs, err := world.Open(dir)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	told, ended := make(chan struct{}, 10), make(chan error, 1)
	go func() { ended <- mine.Follow(ctx, func() { told <- struct{}{} }) }()
	<-told
	for _, store := range []*world.Store{mine, theirs} {
		require.NoError(t, store.Update(t.Context(), func(w *world.World) error { w.Next(); return nil }))
		<-told
	}
	require.NoError(t, mine.Update(t.Context(), func(*world.World) error { return nil }))
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Empty(t, told)
}
