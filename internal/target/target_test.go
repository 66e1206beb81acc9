package target

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func options(t *testing.T, env map[string]string) Options {
	t.Helper()
	if env["HOME"] == "" {
		env["HOME"] = t.TempDir()
	}
	return Options{Dir: t.TempDir(), Getenv: func(n string) string { return env[n] }}
}

func TestBackend(t *testing.T) {
	t.Parallel()
	o := options(t, map[string]string{})
	require.Empty(t, o.backend())
	_, err := Open(t.Context(), o)
	require.ErrorIs(t, err, ErrNoBackend)

	o = options(t, map[string]string{"PULUMI_ACCESS_TOKEN": "x"})
	require.Equal(t, "https://api.pulumi.com", o.backend())

	home := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(home, "credentials.json"), []byte(`{"current":"s3://there"}`), 0o600))
	env := map[string]string{"PULUMI_HOME": home}
	o = options(t, env)
	require.Equal(t, "s3://there", o.backend())

	project := "name: hybridcluster\nruntime: go\nbackend: {url: gs://project}\n"
	require.NoError(t, os.WriteFile(filepath.Join(o.Dir, "Pulumi.yaml"), []byte(project), 0o600))
	require.Equal(t, "gs://project", o.backend())
	env["PULUMI_BACKEND_URL"] = "azblob://env"
	require.Equal(t, "azblob://env", o.backend())
	o.Backend = "file://state"
	require.Equal(t, "file://"+filepath.ToSlash(filepath.Join(o.Dir, "state")), o.backend(), "relative to the user, not to Pulumi")
	o.Backend = "file://~/state"
	require.Equal(t, "file://~/state", o.backend())
}

func TestStateDir(t *testing.T) {
	t.Parallel()
	dir, err := StateDir(func(n string) string { return map[string]string{"HOME": "/h"}[n] })
	require.NoError(t, err)
	require.Equal(t, filepath.FromSlash("/h/.local/state/hybridctl"), dir)
	dir, err = StateDir(func(n string) string { return map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}[n] })
	require.NoError(t, err)
	require.Equal(t, filepath.FromSlash("/s/hybridctl"), dir)
	_, err = StateDir(func(string) string { return "" })
	require.ErrorContains(t, err, "set HOME or XDG_STATE_HOME")
}

func TestPassphraseIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := rehearsalIn(t.TempDir())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := r.make(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	first, err := os.ReadFile(r.passphrase)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(first), 20)
	info, err := os.Stat(r.passphrase)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, r.make())
	second, err := os.ReadFile(r.passphrase)
	require.NoError(t, err)
	require.Equal(t, first, second)
	entries, err := os.ReadDir(filepath.Dir(r.passphrase))
	require.NoError(t, err)
	require.Len(t, entries, 5, "nothing half-written stays")
}

// A rehearsal has no way to anything real.
func TestRehearsalIsSealed(t *testing.T) {
	t.Parallel()
	o := options(t, map[string]string{})
	o.Environ = []string{"PATH=/bin", "ARM_CLIENT_SECRET=s", "PULUMI_ACCESS_TOKEN=p", "PULUMI_BACKEND_URL=https://real", "PULUMI_CONFIG_PASSPHRASE=mine"}
	tg := &Target{o: o}
	r := rehearsalIn(t.TempDir())
	require.NoError(t, tg.rehearse(r))
	env := tg.environment.List()
	require.Contains(t, env, "PULUMI_BACKEND_URL=file://"+filepath.ToSlash(r.backend)+"?metadata=skip")
	require.Contains(t, env, "PULUMI_CONFIG_PASSPHRASE_FILE="+r.passphrase)
	for _, kv := range o.Environ[1:] {
		require.NotContains(t, env, kv)
	}
	require.NotContains(t, env, "PULUMI_SKIP_CHECKPOINTS=true")
	require.Equal(t, r.work, tg.work, "and not the user's project")
}

func TestRealRunsKeepTheUsersEnvironment(t *testing.T) {
	t.Parallel()
	o := options(t, map[string]string{})
	o.Environ = []string{"ARM_CLIENT_SECRET=s", "PULUMI_CONFIG_PASSPHRASE=mine"}
	o.Backend = "azblob://state"
	tg := &Target{o: o}
	state := t.TempDir()
	require.NoError(t, tg.perform(state, o.backend()))
	env := tg.environment.List()
	require.Subset(t, env, o.Environ)
	require.Contains(t, env, "PULUMI_BACKEND_URL=azblob://state")
	require.DirExists(t, tg.work)
	require.Equal(t, filepath.Join(state, "projects"), filepath.Dir(tg.work))

	require.NoError(t, os.WriteFile(filepath.Join(o.Dir, "Pulumi.yaml"), []byte("name: hybridcluster\nruntime: go\n"), 0o600))
	require.NoError(t, tg.perform(state, o.backend()))
	require.Equal(t, o.Dir, tg.work)
}

func TestStackNames(t *testing.T) {
	t.Parallel()
	o := options(t, map[string]string{})
	require.Empty(t, StackNames(o))
	o.Emulator = true
	state, err := StateDir(o.Getenv)
	require.NoError(t, err)
	dir := filepath.Join(rehearsalIn(state).backend, ".pulumi", "stacks", "hybridcluster")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, f := range []string{"dev.json", "dev.json.bak", "demo.json"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, f), nil, 0o600))
	}
	require.Equal(t, []string{"demo", "dev"}, StackNames(o))
}
