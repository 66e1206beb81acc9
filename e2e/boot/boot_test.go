//go:build e2e && linux

package boot

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
)

// proofTime is how long something may take to become true.
const proofTime = time.Minute

// proof is something that must hold of a cluster that has booted.
type proof struct {
	name  string
	holds func(ctx context.Context, t *testing.T, s *site) error
}

// everyCluster is what holds of each cluster, whatever the number of masters.
func everyCluster() []proof {
	return []proof{
		{"the API server is ready behind the declared name", apiIsReady},
		{"each master reaches the API by the declared name, past the load balancer", mastersReachThemselves},
		{"etcd has a member on each master and no other", etcdHasAllMasters},
		{"controller manager, scheduler, kubelet and etcd are healthy", componentsAreHealthy},
		{"static pods run on each master", staticPodsRun},
		{"the authorities and the key of the service accounts are the declared ones", authoritiesAreDeclared},
		{"the API server's certificate has the declared names", certificateHasNames},
		{"every machine has the host key that was declared for it", hostKeysAreThere},
		{"every machine is a node that is alive, tainted for its role and until the cloud provider has seen it", nodesAreThere},
		{"certificates on masters are valid for a year and for their purpose only", certificatesFit},
		{"kubelets have certificates of their own, signed by the declared authority", kubeletCertificatesFit},
		{"no node is cluster admin, and no worker holds a root key", nodesAreNoAdmins},
		{"the admin's certificate is renewed without touching a node", adminIsRenewable},
		{"the bootstrap token does not expire", tokenDoesNotExpire},
		{"no token and no root key remains in copies of the custom data", secretsAreGone},
		{"machines fetched what the list of artifacts says, and nothing else", onlyListedWasFetched},
		{"the extension reports success", extensionsSucceed},
		{"the bootstrap does nothing when it runs again", secondRunDoesNothing},
	}
}

func (s *site) prove(t *testing.T, proofs []proof) {
	t.Helper()
	for _, p := range proofs {
		t.Run(p.name, func(t *testing.T) {
			eventually(t, proofTime, func(ctx context.Context) error { return p.holds(ctx, t, s) })
		})
	}
}

func TestOneMaster(t *testing.T) {
	t.Parallel()
	s := newSite(t, declare(t, "testdata/one-master.json"))
	s.boot(t, s.Machines...)
	s.prove(t, everyCluster())
	s.prove(t, []proof{
		{"a Linux node has its own labels, taints and kubelet flags", linuxNodeIsAsDeclared},
		{"an instance of a scale set is named after its computer", scaleSetNodeIsNamed},
		{"the documents of a Windows node make a node with its labels and taints", windowsNodeIsAsDeclared},
		{"files of the definition are on the master", customFileIsThere},
		{"the API server audits by the definition's policy, to a file of the master", auditLogIsWritten},
	})
	for _, refusal := range refusals() { //nolint:paralleltest // one cluster
		t.Run(refusal.name, func(t *testing.T) {
			refusal.check(t, s)
		})
	}
}

// TestFlagsThatAKSEngineWrote boots a definition with all the flags that AKS Engine
// wrote by itself.
func TestFlagsThatAKSEngineWrote(t *testing.T) {
	t.Parallel()
	s := newSite(t, declare(t, "testdata/aks-engine-flags.json"))
	s.boot(t, s.Machines...)
	s.prove(t, []proof{
		{"the API server is ready behind the declared name", apiIsReady},
		{"controller manager, scheduler, kubelet and etcd are healthy", componentsAreHealthy},
		{"static pods run on each master", staticPodsRun},
		{"every machine is a node that is alive", nodesAreThere},
		{"no node is cluster admin, and no worker holds a root key", nodesAreNoAdmins},
	})
}

// redirectUnit leads a master past the internal load balancer.
const redirectUnit = "hybridcluster-api-redirect.service"

// TestThreeMasters boots a control plane in zones, so with an internal load balancer.
func TestThreeMasters(t *testing.T) {
	t.Parallel()
	s := newSite(t, declare(t, "testdata/three-masters.json"))
	masters := s.Masters()
	require.Len(t, masters, 3)
	// The first master, which makes the cluster, comes last.
	s.boot(t, append([]declared.Machine{masters[2], masters[1]}, others(s.Machines, masters[1], masters[2])...)...)
	s.prove(t, everyCluster())
	past := []proof{{"each master reaches the API by the internal load balancer's address, past it", mastersReachTheBalancersAddress}}
	s.prove(t, past)
	t.Run("without the redirect the load balancer loses connections of masters", func(t *testing.T) {
		s.onEach(t, masters, "systemctl", "stop", redirectUnit)
		require.ErrorContains(t, mastersReachTheBalancersAddress(within(t, proofTime), t, s), "curl")
		s.onEach(t, masters, "systemctl", "start", redirectUnit)
	})

	for _, lost := range []declared.Machine{masters[1], masters[0]} { //nolint:paralleltest // one cluster, in this order
		t.Run("after the loss of "+lost.Name+" the API stays", func(t *testing.T) {
			s.machines[lost.Name].Kill()
			eventually(t, proofTime, func(ctx context.Context) error { return apiTakesWrites(ctx, t, s) })
		})
		if lost.Name == masters[1].Name {
			for _, refusal := range mastersWithoutKeys(lost) {
				t.Run(refusal.name, func(t *testing.T) {
					refusal.check(t, s)
				})
			}
		}
		t.Run("a new "+lost.Name+" joins again", func(t *testing.T) {
			s.boot(t, lost)
			s.prove(t, everyCluster())
			s.prove(t, past)
		})
	}
}

// others are the machines that are none of some.
func others(machines []declared.Machine, some ...declared.Machine) []declared.Machine {
	var rest []declared.Machine
	for _, m := range machines {
		in := false
		for _, one := range some {
			in = in || one.Name == m.Name
		}
		if !in {
			rest = append(rest, m)
		}
	}
	return rest
}
