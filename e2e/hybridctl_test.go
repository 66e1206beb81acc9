package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary is the hybridctl that the tests run, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hybridctl-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "hybridctl")
	build := exec.Command("go", "build", "-o", binary, "../cmd/hybridctl")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build hybridctl: %v\n%s", err, out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// user is somebody with a home of their own, so that tests do not meet.
type user struct {
	t     *testing.T
	state string
	dir   string
	env   []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the Pulumi engine")
	}
	return &user{t: t, state: filepath.Join(t.TempDir(), "state"), dir: t.TempDir()}
}

// slow skips a test that takes long, unless everything is to be tried.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("HYBRIDCLUSTER_SCENARIOS") == "" {
		t.Skip("HYBRIDCLUSTER_SCENARIOS is not set: it takes long")
	}
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("exit %d\n--- stdout\n%s\n--- stderr\n%s", r.code, r.stdout, r.stderr)
}

// command prepares hybridctl in the emulator. Nothing of the caller's own
// settings reaches it, but for the place where the Pulumi CLI is kept.
func (u *user) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = u.dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "HYBRIDCTL_") && !strings.HasPrefix(kv, "PULUMI_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+u.state, "HYBRIDCTL_EMULATOR=1")
	if path := os.Getenv("HYBRIDCTL_PULUMI"); path != "" {
		cmd.Env = append(cmd.Env, "HYBRIDCTL_PULUMI="+path)
	}
	cmd.Env = append(cmd.Env, u.env...)
	return cmd
}

// run runs a command to its end.
func (u *user) run(args ...string) result {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(u.t.Context(), 10*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := u.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.t.Fatalf("run %v: %v", args, err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// ok runs a command that must succeed, and returns its standard output.
func (u *user) ok(args ...string) string {
	u.t.Helper()
	r := u.run(args...)
	require.Zero(u.t, r.code, "hybridctl %s: %s", strings.Join(args, " "), r)
	return r.stdout
}

// json runs a command that must succeed and decodes what it prints.
func (u *user) json(target any, args ...string) {
	u.t.Helper()
	out := u.ok(append(args, "--output", "json")...)
	require.NoError(u.t, json.Unmarshal([]byte(out), target), "%s", out)
}

// write puts a file into the user's folder.
func (u *user) write(name, content string) string {
	u.t.Helper()
	path := filepath.Join(u.dir, name)
	require.NoError(u.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// definition is a cluster of one Linux node in a scale set and one Windows machine,
// with changes.
func definition(change func(properties map[string]any)) string {
	d := map[string]any{
		"apiVersion": "vlabs",
		"location":   "westeurope",
		"properties": map[string]any{
			"masterProfile": map[string]any{"count": 1, "dnsPrefix": "e2e-demo", "vmSize": "Standard_D2s_v5"},
			"agentPoolProfiles": []any{
				map[string]any{"name": "lin", "count": 1, "vmSize": "Standard_D2s_v5"},
				map[string]any{"name": "win", "count": 1, "vmSize": "Standard_D2s_v5", "osType": "Windows", "availabilityProfile": "AvailabilitySet"},
			},
			"windowsProfile": map[string]any{"adminUsername": "azureuser"},
		},
	}
	if change != nil {
		change(d["properties"].(map[string]any))
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(data)
}

// pools returns the definition's pools for changing.
func pools(properties map[string]any) []any { return properties["agentPoolProfiles"].([]any) }

// pool returns one pool for changing.
func pool(properties map[string]any, i int) map[string]any {
	return pools(properties)[i].(map[string]any)
}
