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

// mutation breaks a cluster of one master on purpose.
type mutation struct {
	name string
	// change breaks the cluster or its master.
	change func(t *testing.T, d *declaration, master declared.Machine) declared.Machine
	// proof is the one that has to fail, with a message. Without one the machine
	// itself has to fail, with the message in its log.
	proof   func(ctx context.Context, t *testing.T, s *site) error
	message string
}

// replaced is a change of the master's document.
func replaced(old, replacement string) func(*testing.T, *declaration, declared.Machine) declared.Machine {
	return func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
		t.Helper()
		return with(t, m, old, replacement)
	}
}

// brokenClusters are those that come up and fail a proof.
func brokenClusters(whole, other declaration) []mutation {
	return []mutation{
		{"the load balancer's rule leads to a wrong port", func(_ *testing.T, d *declaration, m declared.Machine) declared.Machine {
			d.Rule.BackendPort++
			return m
		}, apiIsReady, nobodyAnswers},
		{"the probe asks for a path that is not there", func(_ *testing.T, d *declaration, m declared.Machine) declared.Machine {
			d.Rule.ProbePath = "/ready"
			return m
		}, apiIsReady, nobodyAnswers},
		{"the API server listens on a wrong port", replaced("bindPort: 6443", "bindPort: 6444"), apiIsReady, nobodyAnswers},
		{"the master looks for its own API behind the load balancer", replaced("map_endpoint_to_self() { map_endpoint 127.0.0.1; }", "map_endpoint_to_self() { :; }"),
			mastersReachThemselves, "curl"},
		{"a name is missing in the certificate", replaced("- api.example.com", "- lost.example.com"), certificateHasNames, "and not .*api.example.com"},
		{"a name too many is in the certificate", replaced("- api.example.com\n", "- api.example.com\n      - more.example.com\n"),
			certificateHasNames, "the certificate has .*more.example.com"},
		{"the master has another cluster's authority", func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
			return swapAuthority(t, m, whole, other, "ca")
		}, apiIsReady, "certificate signed by unknown authority"},
		{"the master has another cluster's key for service accounts", func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
			return swapKey(t, m, whole, other, "service-account")
		}, authoritiesAreDeclared, "sa.key is not the declared key"},
		{"the bootstrap token expires", replaced(`ttl: 0s`, `ttl: 24h0m0s`), tokenDoesNotExpire, "expires"},
		{"the copies of the custom data stay", replaced(`python3 "$LIB_DIR/scrub.py"`, "true"), secretsAreGone, "still holds|stands in"},
		{"the script's copy of the keys stays", replaced(`rm -rf "$STATE_DIR/pki"`, `rm -rf "$STATE_DIR/none"`), secretsAreGone, "copy of the keys"},
		{"the master fetches something more", replaced("  retry update_and_install -- \"$@\"", "  curl --silent https://more.example.com/ || true; retry update_and_install -- \"$@\""),
			onlyListedWasFetched, "more.example.com|the machines asked"},
	}
}

// brokenMachines are those that cannot come up.
func brokenMachines(whole, other declaration) []mutation {
	return []mutation{
		{"the master has another cluster's key to etcd's authority", func(t *testing.T, _ *declaration, m declared.Machine) declared.Machine {
			return swapKey(t, m, whole, other, "etcd-ca")
		}, nil, "private key|PrivateKey|doesn.t match"},
		{"etcd has a flag that it does not know", replaced("name: quota-backend-bytes", "name: quota-of-bytes"), nil, "last lines of etcd:\n.*\n.*Run the stateless etcd"},
		{"the kubelet has a flag that it does not know", replaced("name: node-ip", "name: ip-of-node"), nil, "unknown flag: --ip-of-node"},
		{"a publisher's checksum is asked for where there is none", replaced(".sha256sum", ".sha512sum"), nil, "FAILED in step install_containerd"},
	}
}

// TestMutations breaks clusters. The proofs of the suite have to see it: a proof
// that holds whatever happens proves nothing.
func TestMutations(t *testing.T) {
	t.Parallel()
	whole := declare(t, "testdata/one-master.json")
	other := declare(t, "testdata/one-master.json")
	for _, m := range append(brokenClusters(whole, other), brokenMachines(whole, other)...) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			d := whole
			master := m.change(t, &d, d.Masters()[0])
			d.Machines = d.Masters()
			if m.proof == nil {
				mustNotBoot(t, newSite(t, d), master, m.message)
			} else {
				mustFail(t, newSite(t, d), master, m)
			}
		})
	}
}

// mustFail boots a master, and its proof has to fail.
func mustFail(t *testing.T, s *site, master declared.Machine, m mutation) {
	t.Helper()
	s.boot(t, master)
	err := repeat(t.Context(), 5*time.Second, func(ctx context.Context) error { return m.proof(ctx, t, s) })
	require.Error(t, err)
	require.Regexp(t, m.message, err.Error())
}

// mustNotBoot gives a master that cannot come up little time to try.
func mustNotBoot(t *testing.T, s *site, master declared.Machine, message string) {
	t.Helper()
	for patient, impatient := range map[string]string{
		"controlPlaneComponentHealthCheck: 10m0s": "controlPlaneComponentHealthCheck: 20s",
		"kubeletHealthCheck: 5m0s":                "kubeletHealthCheck: 20s",
		"kubernetesAPICall: 2m0s":                 "kubernetesAPICall: 20s",
	} {
		master = with(t, master, patient, impatient)
	}
	started := s.start(t, master, "JOIN_SECONDS=1")
	require.Error(t, started.Booted(within(t, bootTime)), "the machine booted")
	require.Regexp(t, message, bootLog(started))
}
