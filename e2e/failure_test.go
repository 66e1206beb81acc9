package e2e

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInterruptedUp sends Ctrl-C in the middle of a slowed-down up. It must stop
// in an orderly way, and the next up must finish the cluster.
func TestInterruptedUp(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.env = []string{"HYBRIDCTL_EMULATOR_LATENCY=1s"}
	cmd := u.command(t.Context(), "up", "-f", "cluster.json")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		// The first network card exists: machines are next, others are under way.
		if strings.Contains(lines.Text(), "NetworkInterface") && cmd.ProcessState == nil {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	err = cmd.Wait()
	require.Error(t, err, said.String())
	require.Equal(t, 130, cmd.ProcessState.ExitCode(), said.String())
	require.Contains(t, said.String(), "Run the same command again")
	require.NotContains(t, said.String(), "context canceled", "what an interruption stopped is no error of its own")

	u.env = nil
	var up upResult
	u.json(&up, "up", "-f", "cluster.json")
	require.Len(t, up.Nodes, 3)
	for _, n := range up.Nodes {
		require.True(t, n.Ready, n.Name)
	}
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// TestAzureRefuses makes the emulated Azure refuse one machine, or one scale set.
// The message holds Azure's code and the resource's name, what was made stays in
// the state, and the next up finishes the cluster.
func TestAzureRefuses(t *testing.T) {
	t.Parallel()
	for fault, resource := range map[string]string{
		"create:VirtualMachine:win000:SkuNotAvailable:1":               "cluster-win000",
		"create:VirtualMachineScaleSet:e2e-demo-lin:SkuNotAvailable:1": "cluster-lin ",
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.write("cluster.json", definition(nil))
			u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=" + fault}
			r := u.run("up", "-f", "cluster.json")
			require.Equal(t, 1, r.code, r)
			require.Contains(t, r.stderr, "SkuNotAvailable")
			require.Contains(t, r.stderr, resource)

			u.env = nil
			var up upResult
			u.json(&up, "up", "-f", "cluster.json")
			require.Len(t, up.Nodes, 3)
			require.Equal(t, 3, up.Workload.Ready)
		})
	}
}
