package bootstrap_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shownBytes is how much of the log the extension prints.
const shownBytes = 2500

// A kubelet with an unknown flag dies again and again. systemd says more of it
// than the kubelet.
const restartingKubelet = `[[ $* == *"--unit kubelet"* ]] && for i in 1 2 3; do
	echo 'E1127 02:41:44.1 9 run.go:72] "command failed" err="failed to parse kubelet flag: unknown flag: --no-such-flag" ` + fakeToken + `'
	echo 'kubelet.service: Main process exited, code=exited, status=1/FAILURE'
	echo "kubelet.service: Failed with result 'exit-code'."
	echo "kubelet.service: Scheduled restart job, restart counter is at $i."
	echo 'Starting kubelet.service - kubelet: The Kubernetes Node Agent...'
	echo 'Started kubelet.service - kubelet: The Kubernetes Node Agent.'
done`

// Whatever kubeadm was to do, the extension's part of the log has the cause.
func TestCauseOfAFailedKubeadmIsShown(t *testing.T) {
	t.Parallel()
	living := otherMasters("true", "true")
	for name, c := range map[string]struct {
		make  func(t *testing.T, programs map[string]string) machine
		curl  string
		times int
	}{
		"init": {func(t *testing.T, p map[string]string) machine {
			t.Helper()
			return newMachine(t, documents(t)["control-plane.yaml"], p)
		}, curlFake, 3},
		"first master joins": {func(t *testing.T, p map[string]string) machine {
			t.Helper()
			return newMaster(t, master(), p)
		}, living, 1},
		"further master": {func(t *testing.T, p map[string]string) machine {
			t.Helper()
			return newMaster(t, secondMaster(), p)
		}, living, 1},
		"worker": {func(t *testing.T, p map[string]string) machine {
			t.Helper()
			return newMachine(t, documents(t)["linux-node.yaml"], p)
		}, curlFake, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := c.make(t, map[string]string{
				"curl": c.curl, "journalctl": restartingKubelet,
				"kubeadm": `[[ $1 != init && $1 != join ]] || { yes "rate limiter" | head -n 50; exit 1; }`,
			})
			deadline := "JOIN_SECONDS=0"
			if c.times > 1 {
				deadline = "JOIN_SECONDS=1000"
			}
			require.NotEqual(t, 0, m.boot(t, deadline))
			log := m.read(t, logFile)
			require.Equal(t, c.times, strings.Count(log, "last lines of kubelet:"), "each attempt has its cause")
			end := log[max(0, len(log)-shownBytes):]
			require.Contains(t, end, "unknown flag: --no-such-flag")
			require.NotContains(t, end, "Scheduled restart job")
			require.NotContains(t, log, fakeToken)
		})
	}
}

// The newest logs of etcd and the API server count, and all of it fits.
func TestCauseHasTheControlPlanesLogs(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{
		"journalctl": `[[ $* != *"--unit kubelet"* ]] || for i in {1..9}; do printf 'kubelet %s %0300d\n' "$i" 0; done`,
		"kubeadm":    "[[ $1 != init ]]",
	})
	long := strings.Repeat("x", 300)
	newest := map[string]string{}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		dir := "/var/log/pods/kube-system_" + name + "-demo-control-plane-0_"
		stale := dir + "1/" + name + "/7.log"
		m.write(t, stale, "2026-11-27T02:41:44Z stderr F an old life of "+name+"\n")
		hourAgo := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(m.path(stale), hourAgo, hourAgo))
		newest[name] = dir + "2/" + name + "/0.log"
		var lines strings.Builder
		for _, n := range []string{"first", "second", "third", "fourth"} {
			lines.WriteString("2026-11-27T02:41:44.123456789Z stderr F " + n + " of " + name + " " + long + "\n")
		}
		m.write(t, newest[name], lines.String())
	}
	require.NotEqual(t, 0, m.boot(t))
	log := m.read(t, logFile)
	end := log[max(0, len(log)-shownBytes):]
	order(t, end, "last lines of kubelet:\nkubelet 5 0", "\nkubelet 9 0",
		"last lines of etcd:\nsecond of etcd x", "\nfourth of etcd x",
		"last lines of kube-apiserver:\nsecond of kube-apiserver x", "\nfourth of kube-apiserver x", "FAILED in step init_control_plane")
	require.NotContains(t, end, "an old life")
	for line := range strings.Lines(end) {
		require.LessOrEqual(t, len(line), 201, line)
	}
}
