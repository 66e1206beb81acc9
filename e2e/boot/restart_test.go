//go:build e2e && linux

package boot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
)

// TestPowerIsCutInTheMiddle cuts a master off while kubeadm makes the cluster, and a
// worker while it joins. Both go on by themselves, with what is on their disks.
func TestPowerIsCutInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newSite(t, declare(t, "testdata/one-master.json"))
	master := s.Masters()[0]
	worker := s.declaredMachine(t, findWorker(t, s))
	s.Machines = append(s.Masters(), worker)

	first := s.start(t, master)
	cutOffIn(t, first, func(m *machine.Machine) (bool, error) { return m.Has("/etc/kubernetes/manifests/etcd.yaml") })
	require.NoError(t, first.Booted(within(t, bootTime)), "the end of its log:\n%s", tail(bootLog(first), 60))
	require.Contains(t, bootLog(first), "step init_control_plane\n")

	second := s.start(t, worker)
	cutOffIn(t, second, func(m *machine.Machine) (bool, error) {
		return strings.Contains(bootLog(m), "step join_cluster\n"), nil
	})
	require.NoError(t, second.Booted(within(t, bootTime)), "the end of its log:\n%s", tail(bootLog(second), 60))

	// Once more, now that they are nodes: what is enabled comes back.
	require.NoError(t, first.Restart(within(t, time.Minute)))
	s.prove(t, []proof{
		{"the API server is ready behind the declared name", apiIsReady},
		{"etcd's disk is mounted", etcdDiskIsMounted},
		{"every machine is a node that is alive, tainted for its role and until the cloud provider has seen it", nodesAreThere},
		{"no token and no root key remains in copies of the custom data", secretsAreGone},
		{"the extension reports success", extensionsSucceed},
	})
}

// cutOffIn restarts a machine as soon as something is so.
func cutOffIn(t *testing.T, m *machine.Machine, moment func(*machine.Machine) (bool, error)) {
	t.Helper()
	eventually(t, bootTime, func(context.Context) error {
		now, err := moment(m)
		if err == nil && !now {
			err = fmt.Errorf("%s is not so far; the end of its log:\n%s", m.Name, tail(bootLog(m), 20))
		}
		return err
	})
	require.NoError(t, m.Restart(within(t, time.Minute)))
}

func etcdDiskIsMounted(ctx context.Context, _ *testing.T, s *site) error {
	for _, m := range s.Masters() {
		if out, err := s.machines[m.Name].Run(ctx, "mountpoint", "/var/lib/etcddisk"); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	return nil
}
