package bootstrap_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// extension runs the extension's command with its paths inside the machine.
func extension(t *testing.T, m machine) (int, string) {
	t.Helper()
	command := bootstrap.LinuxExtensionCommand()
	for _, dir := range []string{"/var/lib/", "/var/log/"} {
		command = strings.ReplaceAll(command, dir, m.path(dir)+"/")
	}
	// In fewer rounds than on a machine.
	for rounds, fewer := range map[string]string{"idle%60": "idle%2", "-lt 180": "-lt 5"} {
		require.Contains(t, command, rounds)
		command = strings.ReplaceAll(command, rounds, fewer)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
	cmd.Env = append(os.Environ(), m.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return cmd.ProcessState.ExitCode(), string(out)
	}
	return 0, string(out)
}

// unitOf is a systemctl that knows the state of the bootstrap's unit: what is in
// $CALLS.state. Text says what a start does.
func unitOf(start string) string {
	return `root=${CALLS%/calls}; case $1 in
show) cat "$CALLS.state" ;;
start) ` + start + ` ;;
esac`
}

func TestLinuxExtension(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("2026-11-30T00:00:00Z an early line\n", 500) + "2026-11-30T00:00:00Z step join_cluster\nthe last line\n"
	marker := func(name, text string) string {
		return `echo "` + text + `" >"$root/var/lib/hybridcluster/` + name + `"`
	}
	for name, c := range map[string]struct {
		files map[string]string
		// start is what a start of the unit does, and later what a time of waiting does.
		start, later string
		state        string // of the unit, at first
		code         int
		want         string
		starts       int
	}{
		"success":             {map[string]string{success: "now"}, "", "", "inactive", 0, "node bootstrapped", 0},
		"it comes up":         {nil, "", marker("bootstrapped", "now"), "active", 0, "node bootstrapped", 0},
		"it fails":            {map[string]string{logFile: long}, "", marker("failed", "step join_cluster failed with exit code 1"), "active", 1, "bootstrap failed: step join_cluster failed", 0},
		"it ends at the end":  {map[string]string{logFile: long}, "", marker("bootstrapped", "now"), "failed", 0, "node bootstrapped", 1},
		"it dies":             {map[string]string{logFile: long}, "", "", "failed", 1, "bootstrap failed: " + bootstrapUnit + " ended without a word in step join_cluster", 1},
		"it is tried again":   {map[string]string{failure: "step x failed"}, "echo active >$CALLS.state", marker("bootstrapped", "now"), "failed", 0, "node bootstrapped", 1},
		"and fails again":     {map[string]string{failure: "step x failed", logFile: long}, "echo active >$CALLS.state", marker("failed", "step y failed"), "failed", 1, "bootstrap failed: step y failed", 1},
		"nobody has begun it": {map[string]string{cloudInitLog: long}, "", "", "inactive", 1, "bootstrap failed: cloud-init has not started it: status: error", 2},
		"it has to be begun":  {nil, "echo active >$CALLS.state; " + marker("bootstrapped", "now"), "", "inactive", 0, "node bootstrapped", 1},
		"it takes too long":   {map[string]string{logFile: long}, "", `echo $(($(cat "$CALLS.now") + 600)) >"$CALLS.now"`, "active", 1, "bootstrap failed: after 70 minutes it is still in step join_cluster", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, documents(t)["linux-node.yaml"], map[string]string{
				// It says so of any part that failed, and while it still works.
				"cloud-init": "echo 'status: error'",
				"systemctl":  unitOf(c.start),
				"sleep":      `root=${CALLS%/calls}; ` + c.later,
				"date":       `cat "$CALLS.now"`,
			})
			m.write(t, "/calls.state", c.state+"\n")
			m.write(t, "/calls.now", "1000000\n")
			require.NoError(t, os.MkdirAll(m.path("/var/lib/hybridcluster"), 0o755))
			for path, content := range c.files {
				m.write(t, path, content)
			}
			code, out := extension(t, m)
			require.Equal(t, c.code, code, out)
			require.Contains(t, out, c.want)
			require.LessOrEqual(t, len(out), 3500)
			require.Equal(t, c.starts, strings.Count(m.read(t, "/calls"), "systemctl start --no-block "+bootstrapUnit))
			if c.code == 1 {
				require.True(t, strings.HasSuffix(out, "the last line\n"), out)
			}
		})
	}
}

const cloudInitLog = "/var/log/cloud-init-output.log"

// number finds a number in a script.
func number(t *testing.T, script, pattern string) time.Duration {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(script)
	require.NotNil(t, found, pattern)
	n, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	return time.Duration(n)
}

// Who waits longest must not be who gives up first: its message says least.
func TestTimesNest(t *testing.T) {
	t.Parallel()
	const air = 10 * time.Minute
	require.GreaterOrEqual(t, bootstrap.AzureLimit, bootstrap.ExtensionLimit+air)

	_, files := parse(t, documents(t)["control-plane.yaml"])
	script := files["/usr/local/lib/hybridcluster/bootstrap.sh"].Content
	join := number(t, script, `JOIN_SECONDS:=(\d+)`) * time.Second
	verify := number(t, script, `VERIFY_SECONDS:=(\d+)`) * time.Second
	require.GreaterOrEqual(t, bootstrap.ExtensionLimit, join+verify+2*air, "Linux, with time to prepare")
	require.Equal(t, bootstrap.JoinLimit, join)
	require.Contains(t, bootstrap.LinuxExtensionCommand(), "+"+strconv.Itoa(int(bootstrap.ExtensionLimit.Seconds()))+")")

	windows := documents(t)["windows-node.ps1"]
	document := kubeadmDocuments(t, windowsJoin(t, windows))["JoinConfiguration"]
	var attempt time.Duration // the longest that kubeadm may take
	for _, name := range []string{"discovery", "tlsBootstrap", "kubeletHealthCheck"} {
		d, err := time.ParseDuration(document.Timeouts[name])
		require.NoError(t, err, name)
		attempt += d
		require.Less(t, d, join/2, "%s: a join is repeated in its time", name)
	}
	joinOnWindows := number(t, windows, `JoinMinutes = (\d+)`) * time.Minute
	wait := number(t, windows, `WaitMinutes = (\d+)`) * time.Minute
	require.Equal(t, bootstrap.ExtensionLimit, wait)
	require.GreaterOrEqual(t, wait, joinOnWindows+attempt+air, "Windows: an attempt that begins at the last moment ends in time")
}

// An attempt gets no more time than is left: kubeadm's own waits add up to more.
func TestAttemptToJoinIsCutOffAtTheDeadline(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{"worker": documents(t)["linux-node.yaml"], "master": documents(t)["control-plane.yaml"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, document, map[string]string{
				"timeout": `[[ $1 == --kill-after=30 && $3 == kubeadm ]] && shift 2 && exec "$@"`,
				"kubeadm": `[[ $1 != init && $1 != join || $(grep -c "^kubeadm $1" "$CALLS") == 3 ]]`,
			})
			require.Equal(t, 0, m.boot(t, "JOIN_SECONDS=100"))
			calls := m.calls(t, "timeout")
			require.Len(t, calls, 3)
			for _, call := range calls {
				require.LessOrEqual(t, number(t, call, `^--kill-after=30 (\d+) kubeadm `), time.Duration(100), call)
			}
		})
	}
}
