//go:build e2e && linux

package boot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
)

// refusal is a machine that must not become a node, and says why.
type refusal struct {
	name  string
	check func(t *testing.T, s *site)
}

const (
	patience   = "discovery: 10m0s"
	impatient  = "discovery: 5s"
	wrongToken = "aaaaaa.bbbbbbbbbbbbbbbb"
	wrongHash  = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

// refusals are tried in a cluster that runs.
func refusals() []refusal {
	worker := func(t *testing.T, s *site, name string) declared.Machine {
		t.Helper()
		m := s.declaredMachine(t, findWorker(t, s))
		m = with(t, m, m.Name, name)
		m.Name, m.Address = name, s.Network.Masked().Addr().Next().Next().Next()
		// It does not give up before it has been refused; it need not wait long.
		return with(t, m, patience, impatient)
	}
	return []refusal{
		{"a worker with a wrong token is refused", func(t *testing.T, s *site) {
			token, err := s.token()
			require.NoError(t, err)
			m := with(t, worker(t, s, "wrong-token"), token, wrongToken)
			s.refuseNode(t, m, "could not find a JWS signature in the cluster-info ConfigMap for token ID")
		}},
		{"a worker with a wrong CA pin refuses the cluster", func(t *testing.T, s *site) {
			m := worker(t, s, "wrong-pin")
			m = with(t, m, "sha256:"+pinOf(t, m), wrongHash)
			s.refuseNode(t, m, "none of the public keys")
		}},
	}
}

// mastersWithoutKeys are further masters from whose disk a root key is missing.
func mastersWithoutKeys(master declared.Machine) []refusal {
	without := func(file, message string) refusal {
		return refusal{"a new master without " + file + " says so", func(t *testing.T, s *site) {
			m := with(t, master, pkiDir+file, pkiDir+"lost")
			s.refuse(t, with(t, m, patience, impatient), message)
		}}
	}
	return []refusal{
		// The script itself needs the first one, and kubeadm the others.
		without("etcd/ca.key", "etcd/ca.key"),
		without("ca.key", "couldn't load the private key file "+pkiDir+"ca.key"),
		without("front-proxy-ca.key", "couldn't load the private key file "+pkiDir+"front-proxy-ca.key"),
		without("sa.key", "couldn't load the private key file "+pkiDir+"sa.key"),
	}
}

// refuseNode is refuse for a machine of a new name: it gets no node and asks for no
// certificate.
func (s *site) refuseNode(t *testing.T, m declared.Machine, message string) {
	t.Helper()
	requests := s.client(t).CertificatesV1().CertificateSigningRequests()
	before, err := requests.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	s.refuse(t, m, message)
	_, err = s.client(t).CoreV1().Nodes().Get(t.Context(), m.Name, metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "the node %s: %v", m.Name, err)
	after, err := requests.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, after.Items, len(before.Items))
}

// refuse boots a machine that has to fail, with a message in its log and in what
// its extension prints.
func (s *site) refuse(t *testing.T, m declared.Machine, message string) {
	t.Helper()
	started := s.start(t, m, "JOIN_SECONDS=1")
	ctx := within(t, bootTime)
	require.Error(t, started.Booted(ctx), "the machine %s booted", m.Name)
	require.Contains(t, bootLog(started), message)
	out, err := started.Run(ctx, "sh", "-c", m.Command)
	require.Error(t, err)
	require.Contains(t, out, "bootstrap failed: step ")
	require.Contains(t, out, message, "what the extension prints")
	require.LessOrEqual(t, len(out), 4096, "Azure cuts the message at 4 KB")
	token, err := s.token()
	require.NoError(t, err)
	require.NotContains(t, out, token)
	started.Kill()
	delete(s.machines, m.Name)
}

func findWorker(t *testing.T, s *site) string {
	t.Helper()
	for _, m := range s.Machines {
		if !m.Master && !m.Windows && !strings.HasSuffix(m.Name, "000000") {
			return m.Name
		}
	}
	require.Fail(t, "no Linux worker")
	return ""
}

// pinOf is the hash in a worker's document.
func pinOf(t *testing.T, m declared.Machine) string {
	t.Helper()
	_, rest, found := strings.Cut(text(t, m), "sha256:")
	require.True(t, found)
	return rest[:64]
}
