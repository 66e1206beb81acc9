//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stackRow is a stack as `list --output json` prints it.
type stackRow struct {
	Name, Owner, Origin, State, ResourceGroup string
	Created, Expires                          time.Time
	Expired                                   bool
	Nodes                                     int
}

func (u *user) list() []stackRow {
	u.t.Helper()
	var rows []stackRow
	u.json(&rows, "list")
	return rows
}

// started is a command that runs.
type started struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout bytes.Buffer
	// said is everything on standard error so far.
	said  strings.Builder
	lines *bufio.Scanner
}

// start starts a command in a process group of its own, as a shell does.
func (u *user) start(args ...string) *started {
	u.t.Helper()
	s := &started{t: u.t, cmd: u.command(u.t.Context(), args...)}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Stdout = &s.stdout
	stderr, err := s.cmd.StderrPipe()
	require.NoError(u.t, err)
	s.lines = bufio.NewScanner(stderr)
	s.lines.Buffer(nil, 1<<20)
	require.NoError(u.t, s.cmd.Start())
	return s
}

// until reads standard error up to a line that holds something.
func (s *started) until(text string) {
	s.t.Helper()
	for s.lines.Scan() {
		s.said.WriteString(s.lines.Text() + "\n")
		if strings.Contains(s.lines.Text(), text) {
			return
		}
	}
	require.Fail(s.t, "it ended before it said "+text, s.said.String())
}

func (s *started) signal(sig os.Signal) {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(sig))
}

// end waits for the end and returns the exit code; -1 if it was killed.
func (s *started) end() result {
	s.t.Helper()
	for s.lines.Scan() {
		s.said.WriteString(s.lines.Text() + "\n")
	}
	_ = s.cmd.Wait()
	return result{code: s.cmd.ProcessState.ExitCode(), stdout: s.stdout.String(), stderr: s.said.String()}
}

// requireNothingLeft wants an empty cloud, no stack and no kubeconfig on disk.
func requireNothingLeft(t *testing.T, u *user) {
	t.Helper()
	requireEmptyWorld(t, u)
	require.Empty(t, u.list())
	temps, err := filepath.Glob(filepath.Join(u.temp(), "hybridctl-run-*"))
	require.NoError(t, err)
	require.Empty(t, temps)
}

// temp is where the user's commands keep temporary files.
func (u *user) temp() string { return filepath.Join(u.dir, "tmp") }

func newEphemeralUser(t *testing.T, env ...string) *user {
	t.Helper()
	u := newUser(t)
	require.NoError(t, os.Mkdir(u.temp(), 0o700))
	u.env = append([]string{"TMPDIR=" + u.temp(), "KUBECONFIG=" + filepath.Join(u.dir, "kube", "config"), "HYBRIDCTL_OWNER=tester"}, env...)
	u.write("cluster.json", definition(nil))
	return u
}

// TestRun gives a command a cluster, and passes on how it ended.
func TestRun(t *testing.T) {
	t.Parallel()
	u := newEphemeralUser(t, "GITHUB_REF=refs/pull/123/merge")
	r := u.run("run", "--ttl", "1h", "-f", "cluster.json", "--", "sh", "-c",
		`stat -c %a "$KUBECONFIG" "$(dirname "$KUBECONFIG")"; cp "$KUBECONFIG" copy; env > env; `+binary+` list -o json > list; exit 7`)
	require.Equal(t, 7, r.code, r)
	require.Equal(t, "600\n700\n", r.stdout, "standard output is the command's")
	requireNothingLeft(t, u)

	copied, err := os.ReadFile(filepath.Join(u.dir, "copy"))
	require.NoError(t, err)
	requireKubeconfig(t, string(copied))
	env, err := os.ReadFile(filepath.Join(u.dir, "env"))
	require.NoError(t, err)
	for _, want := range []string{
		`(?m)^HYBRIDCTL_STACK=pr-123-[a-z0-9]{5}$`, `(?m)^HYBRIDCTL_OUTPUT_API_SERVER=https://pr-123-[a-z0-9]{5}\.westeurope`,
		`(?m)^WORKLOAD_URL=http://`, `(?m)^HYBRIDCTL_OUTPUT_NODES=\[\{`,
	} {
		require.Regexp(t, want, string(env))
	}
	require.NotContains(t, string(env), "PRIVATE KEY")
	require.NotContains(t, string(env), "WINDOWS_ADMIN_PASSWORD")

	data, err := os.ReadFile(filepath.Join(u.dir, "list"))
	require.NoError(t, err)
	var rows []stackRow
	require.NoError(t, json.Unmarshal(data, &rows))
	require.Len(t, rows, 1)
	require.Equal(t, "up", rows[0].State)
	require.Equal(t, "tester", rows[0].Owner)
	require.Equal(t, 3, rows[0].Nodes)
	require.WithinDuration(t, time.Now().Add(time.Hour), rows[0].Expires, 10*time.Minute)

	missing := u.run("run", "-f", "cluster.json", "--", "no-such-program")
	require.Equal(t, 127, missing.code, missing)
	requireNothingLeft(t, u)
}

// TestRunKeepsAndFails: what fails is kept on demand, and a stack that is there
// already is never taken.
func TestRunKeepsAndFails(t *testing.T) {
	t.Parallel()
	slow(t)
	u := newEphemeralUser(t)
	env := u.env
	u.env = append(u.env, "HYBRIDCTL_EMULATOR_FAULTS=create:VirtualMachine:win000:SkuNotAvailable:1")
	failed := u.run("run", "-f", "cluster.json", "--", "true")
	require.Equal(t, 1, failed.code, failed)
	require.Contains(t, failed.stderr, "SkuNotAvailable")
	u.env = env
	requireNothingLeft(t, u)

	kept := u.run("run", "--name", "mine", "--keep-on-failure", "-f", "cluster.json", "--", "false")
	require.Equal(t, 1, kept.code, kept)
	require.Contains(t, kept.stderr, "hybridctl down mine --emulator")
	require.Len(t, u.list(), 1)

	taken := u.run("run", "--name", "mine", "-f", "cluster.json", "--", "true")
	require.Equal(t, 2, taken.code, taken)
	require.Contains(t, taken.stderr, "there is a stack mine already")
	require.Len(t, u.list(), 1)
	u.ok("down", "mine", "--yes")
	requireNothingLeft(t, u)

	u.env = append(slices.Clone(env), "HYBRIDCTL_EMULATOR_FAULTS=delete:ResourceGroup:*:AuthorizationFailed")
	undeleted := u.run("run", "--name", "mine", "-f", "cluster.json", "--", "true")
	require.Equal(t, 1, undeleted.code, undeleted)
	require.Contains(t, undeleted.stderr, "the cluster is not gone")
	u.env = env
	u.ok("down", "mine", "--yes")
	requireNothingLeft(t, u)
}

// TestRunSurvivesSignals stops a run in each of its phases. Whatever ends it, the
// cluster is gone.
func TestRunSurvivesSignals(t *testing.T) {
	t.Parallel()
	// The command says that it is there, and then waits for a signal.
	const waits = `echo started >&2; read -r line < fifo`
	for name, tc := range map[string]struct {
		phase   string // the line to wait for
		signals []os.Signal
		command string
		code    int
	}{
		"up SIGINT":           {"VirtualNetwork", []os.Signal{os.Interrupt}, "true", 130},
		"up SIGTERM":          {"VirtualNetwork", []os.Signal{syscall.SIGTERM}, "true", 130},
		"up SIGHUP":           {"VirtualNetwork", []os.Signal{syscall.SIGHUP}, "true", 130},
		"command SIGHUP":      {"started", []os.Signal{syscall.SIGHUP}, waits, 129},
		"up twice":            {"VirtualNetwork", []os.Signal{os.Interrupt, os.Interrupt}, "true", 130},
		"command SIGINT":      {"started", []os.Signal{os.Interrupt}, waits, 130},
		"command SIGTERM":     {"started", []os.Signal{syscall.SIGTERM}, waits, 143},
		"command twice":       {"started", []os.Signal{os.Interrupt, os.Interrupt}, `trap "" INT; ` + waits, 137},
		"command handles it":  {"started", []os.Signal{os.Interrupt}, `trap "exit 9" INT; ` + waits, 9},
		"command is killed":   {"", nil, "kill -9 $$", 137},
		"command is ended":    {"", nil, "kill -TERM $$", 143},
		"down SIGINT":         {"deleted", []os.Signal{os.Interrupt}, "exit 3", 3},
		"down SIGTERM":        {"deleted", []os.Signal{syscall.SIGTERM}, "true", 0},
		"down after a killed": {"deleted", []os.Signal{os.Interrupt}, "kill -9 $$", 137},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !slices.Contains([]string{"up SIGINT", "command SIGTERM", "down SIGINT"}, name) {
				slow(t)
			}
			u := newEphemeralUser(t, "HYBRIDCTL_EMULATOR_LATENCY=100ms")
			require.NoError(t, syscall.Mkfifo(filepath.Join(u.dir, "fifo"), 0o600))
			s := u.start("run", "-f", "cluster.json", "--", "sh", "-c", tc.command)
			if tc.phase != "" {
				s.until(tc.phase)
			}
			for i, sig := range tc.signals {
				s.signal(sig)
				if i+1 < len(tc.signals) {
					s.until("Ctrl-C again")
				}
			}
			r := s.end()
			require.Equal(t, tc.code, r.code, r)
			requireNothingLeft(t, u)
		})
	}
}

// TestExtendListReap moves a cluster's end, and deletes what is past it: stacks,
// and groups that no stack remembers.
func TestExtendListReap(t *testing.T) {
	t.Parallel()
	u := newEphemeralUser(t)
	other := strings.ReplaceAll(definition(nil), "e2e-demo", "e2e-other")
	u.write("other.json", other)
	// An up takes longer than that.
	u.ok("up", "brief", "-f", "cluster.json", "--ttl", "1ms")
	u.ok("up", "lasting", "-f", "other.json", "--ttl", "1h")
	require.Equal(t, "up", u.list()[0].State)

	dry := u.ok("reap", "--dry-run")
	require.Regexp(t, `stack +brief .* expired`, dry)
	require.NotContains(t, dry, "lasting")
	require.Len(t, u.list(), 2)

	// The end moves in the stack and in the group, and nothing else happens.
	before := u.list()[1].Expires
	u.env = append(u.env, "HYBRIDCTL_EMULATOR_LOG=extend.log")
	u.ok("extend", "lasting", "--ttl", "30m")
	require.Equal(t, before, u.list()[1].Expires, "an end does not come nearer")
	u.ok("extend", "lasting", "--ttl", "5h")
	rows := u.list()
	require.True(t, rows[1].Expires.After(before.Add(3*time.Hour)))
	log, err := os.ReadFile(filepath.Join(u.dir, "extend.log"))
	require.NoError(t, err)
	require.Regexp(t, regexp.MustCompile(`\A(update azure-native:resources:ResourceGroup e2e-other \S+ \n){2}\z`), string(log))
	var up upResult
	u.json(&up, "up", "lasting", "-f", "other.json")
	require.Equal(t, map[string]int{"same": up.Changes["same"], "update": 1}, up.Changes, "only the group's tags follow")
	require.Equal(t, rows[1].Expires, u.list()[1].Expires, "up without --ttl keeps the end")
	u.ok("preview", "lasting", "-f", "other.json", "--expect-no-changes")

	// One whose deletion fails is told of, and does not keep the others.
	u.forget("lasting")
	u.setEnd("e2e-other")
	env := u.env
	u.env = append(slices.Clone(env), "HYBRIDCTL_EMULATOR_FAULTS=delete:ResourceGroup:e2e-demo:AuthorizationFailed")
	r := u.run("reap")
	require.Equal(t, 6, r.code, r)
	require.Regexp(t, `stack +brief .* failed`, r.stdout)
	require.Regexp(t, `resource group +e2e-other .* deleted`, r.stdout)
	require.Contains(t, r.stdout, "AuthorizationFailed")
	u.env = env
	require.Regexp(t, `stack +brief .* deleted`, u.ok("reap"))
	requireNothingLeft(t, u)
	require.Contains(t, u.ok("reap"), "Nothing has expired")

	none := u.run("extend", "brief", "--ttl", "1h")
	require.Equal(t, 4, none.code, none)
}

// TestExtendForEver takes the end away, from the stack and from its group, so that
// no reaper finds one.
func TestExtendForEver(t *testing.T) {
	t.Parallel()
	slow(t)
	u := newEphemeralUser(t)
	u.ok("up", "brief", "-f", "cluster.json", "--ttl", "1ms")
	require.True(t, u.list()[0].Expired)
	require.Contains(t, u.ok("extend", "brief", "--ttl", "none"), "has no end any more")
	row := u.list()[0]
	require.Zero(t, row.Expires)
	require.False(t, row.Expired)
	require.Equal(t, "tester", row.Owner)
	require.Contains(t, u.ok("reap"), "Nothing has expired")
	require.Len(t, u.list(), 1)

	require.Contains(t, u.ok("extend", "brief", "--ttl", "none"), "there is nothing to take away")
	moved := u.run("extend", "brief", "--ttl", "1h")
	require.Equal(t, 2, moved.code, moved)
	require.Contains(t, moved.stderr, "--ttl 1h0m0s` gives it one")

	u.forget("brief")
	require.Contains(t, u.ok("reap"), "Nothing has expired", "the group has no end either")
}

// forget loses a stack's state, as a deleted storage account does.
func (u *user) forget(stack string) {
	u.t.Helper()
	files, err := filepath.Glob(filepath.Join(u.state, "hybridctl", "emulator", "backend", ".pulumi", "stacks", "hybridcluster", stack+".*"))
	require.NoError(u.t, err)
	require.NotEmpty(u.t, files)
	for _, f := range files {
		require.NoError(u.t, os.Remove(f))
	}
}

// setEnd makes a resource group one that is past its end.
func (u *user) setEnd(group string) {
	u.t.Helper()
	path := filepath.Join(u.state, "hybridctl", "emulator", "world", "world.json")
	data, err := os.ReadFile(path)
	require.NoError(u.t, err)
	var world map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	require.NoError(u.t, decoder.Decode(&world))
	for key, r := range world["resources"].(map[string]any) {
		if strings.HasSuffix(key, "/resourcegroups/"+group) {
			for _, side := range []string{"inputs", "outputs"} {
				r.(map[string]any)[side].(map[string]any)["tags"].(map[string]any)["expires-at"] = "2020-01-01T00:00:00Z"
			}
		}
	}
	data, err = json.Marshal(world)
	require.NoError(u.t, err)
	require.NoError(u.t, os.WriteFile(path, data, 0o600))
}
