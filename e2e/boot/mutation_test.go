//go:build e2e && linux

package boot

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
)

// nobodyAnswers is how a connection ends when the load balancer has no healthy
// machine to give it to.
const nobodyAnswers = "EOF|connection reset by peer"

// TestMutations breaks the declaration on purpose. The proofs of the suite have
// to see it: a proof that holds whatever happens proves nothing.
func TestMutations(t *testing.T) {
	t.Parallel()
	whole := declare(t, "testdata/one-master.json")
	other := declare(t, "testdata/one-master.json")
	for _, mutation := range []struct {
		name string
		// change breaks the cluster or its one master.
		change func(t *testing.T, d *declaration, master declared.Machine) declared.Machine
		// proof is the one that has to fail, with a message. Without one the
		// machine itself fails.
		proof   func(ctx context.Context, t *testing.T, s *site) error
		message string
	}{
		{
			name: "the load balancer's rule leads to a wrong port",
			change: func(_ *testing.T, d *declaration, m declared.Machine) declared.Machine {
				d.Rule.BackendPort++
				return m
			},
			proof: apiIsReady, message: nobodyAnswers,
		},
		{
			name: "the probe asks for a path that is not there",
			change: func(_ *testing.T, d *declaration, m declared.Machine) declared.Machine {
				d.Rule.ProbePath = "/ready"
				return m
			},
			proof: apiIsReady, message: nobodyAnswers,
		},
		{
			name: "the API server listens on a wrong port",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return with(t, m, "bindPort: 6443", "bindPort: 6444")
			},
			proof: apiIsReady, message: nobodyAnswers,
		},
		{
			name: "a name is missing in the certificate",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return with(t, m, "- api.example.com", "- lost.example.com")
			},
			proof: certificateHasNames, message: "not api.example.com",
		},
		{
			name: "the master has another cluster's authority",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return swapAuthority(t, m, whole, other, "ca")
			},
			proof: apiIsReady, message: "certificate signed by unknown authority",
		},
		{
			name: "the master has another cluster's key to its authority",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return swapKey(t, m, whole, other, "etcd-ca")
			},
			message: "FAILED in step init_control_plane",
		},
		{
			name: "etcd has a flag that it does not know",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return with(t, m, "name: quota-backend-bytes", "name: quota-of-bytes")
			},
			message: "FAILED in step init_control_plane",
		},
		{
			name: "the kubelet has a flag that it does not know",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return with(t, m, "name: node-ip", "name: ip-of-node")
			},
			message: "FAILED in step init_control_plane",
		},
		{
			name: "a publisher's checksum is asked for where there is none",
			change: func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
				return with(t, m, ".sha256sum", ".sha512sum")
			},
			message: "FAILED in step install_containerd",
		},
	} {
		t.Run(mutation.name, func(t *testing.T) {
			t.Parallel()
			d := whole
			master := mutation.change(t, &d, d.Masters()[0])
			s := newSite(t, d)
			// kubeadm shall not wait longer than the proof.
			for _, wait := range []string{"controlPlaneComponentHealthCheck: 10m0s", "kubeletHealthCheck: 5m0s"} {
				master = with(t, master, wait, wait[:len(wait)-len("10m0s")]+" 20s")
			}
			started := s.start(t, master, "JOIN_SECONDS=1")
			ctx := within(t, bootTime)
			err := started.Booted(ctx)
			if mutation.proof == nil {
				require.Error(t, err, "the machine booted")
				require.Regexp(t, mutation.message, bootLog(started))
				return
			}
			require.NoError(t, err, "the log:\n%s", bootLog(started))
			err = repeat(ctx, 10*time.Second, func(ctx context.Context) error { return mutation.proof(ctx, t, s) })
			require.Error(t, err)
			require.Regexp(t, mutation.message, err.Error())
		})
	}
}
