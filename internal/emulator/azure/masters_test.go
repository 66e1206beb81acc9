package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// threeMasters makes the infrastructure for three masters behind a public load balancer.
func threeMasters(t *testing.T) *lab {
	t.Helper()
	b := newLab(t, azure.Options{})
	b.build(goodPlan(), "linux1")
	for _, name := range []string{"master1", "master2"} {
		b.create(nicToken, name, poolNIC(name+"-nic"))
	}
	return b
}

func TestSeveralMastersInAnyOrder(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	actions := map[string]string{"master": "init", "master1": "control-plane", "master2": "control-plane", "linux1": "join"}
	for _, order := range [][]string{
		{"master", "master1", "master2", "linux1"}, {"linux1", "master2", "master1", "master"}, {"master1", "master", "linux1", "master2"},
	} {
		b := threeMasters(t)
		for _, name := range order {
			b.boot(name, k.node(node{name: name, endpoint: endpoint + ":6443", action: actions[name]}))
		}
		for name := range actions {
			require.NoError(t, b.awaitError(name), order)
		}
		nodes := b.nodes()
		require.Len(t, nodes, 4)
		for _, name := range []string{"master", "master1", "master2"} {
			require.Equal(t, "control-plane", nodes[name].Role)
			require.Contains(t, nodes[name].Labels, "node-role.kubernetes.io/control-plane")
			require.Contains(t, nodes[name].Taints, world.Taint{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"})
		}
		b.look(func(w *world.World) {
			require.Len(t, w.Clusters[endpoint].Masters, 3)
			require.ElementsMatch(t, []string{"master", "master1", "master2"}, w.Clusters[endpoint].EtcdMembers)
		})
	}
}

func TestOneMasterIsEnoughToAnswer(t *testing.T) {
	t.Parallel()
	k, b := newKeys(t), threeMasters(t)
	b.boot("master", k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init"}))
	b.boot("master1", k.node(node{name: "master1", endpoint: endpoint + ":6443", action: "control-plane"}))
	require.NoError(t, b.delete(vmToken, computeID+"virtualMachines/master"))
	b.boot("linux1", k.node(node{name: "linux1", endpoint: endpoint + ":6443", action: "join"}))
	require.NoError(t, b.awaitError("linux1"), "the first master is gone, another answers")
	b.look(func(w *world.World) { require.Equal(t, []string{"master1"}, w.Clusters[endpoint].EtcdMembers) })
}

func TestWhatKeepsAMasterOut(t *testing.T) {
	t.Parallel()
	other := newKeys(t)
	tests := map[string]struct {
		change func(*node)
		says   []string
	}{
		"nothing": {},
		"no files": {func(n *node) {
			n.files = map[string]string{}
			for name := range other.files {
				n.files[name] = ""
			}
		}, []string{
			"failure loading certificate for CA: couldn't load the certificate file /etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/sa.key",
			"failure loading certificate for front-proxy CA", "failure loading certificate for etcd CA", "/etc/kubernetes/pki/etcd/ca.key: no such file",
		}},
		"no etcd CA": {func(n *node) { n.files = map[string]string{pkiDir + "etcd/ca.crt": ""} }, []string{"failure loading certificate for etcd CA"}},
		"another CA": {func(n *node) {
			n.files = map[string]string{pkiDir + "ca.crt": other.files[pkiDir+"ca.crt"], pkiDir + "ca.key": other.files[pkiDir+"ca.key"]}
		}, []string{"the CA on this machine is not the cluster's"}},
		"another etcd CA": {func(n *node) {
			n.files = map[string]string{pkiDir + "etcd/ca.crt": other.files[pkiDir+"etcd/ca.crt"], pkiDir + "etcd/ca.key": other.files[pkiDir+"etcd/ca.key"]}
		}, []string{"certificate signed by unknown authority"}},
		"half a pair": {func(n *node) { n.files = map[string]string{pkiDir + "ca.key": other.files[pkiDir+"ca.key"]} }, []string{"do not fit together"}},
		"itself": {func(n *node) {
			n.files = map[string]string{"/etc/hosts": "127.0.0.1 localhost\n127.0.0.1 " + endpoint + "\n"}
		}, []string{"connection refused", "to itself"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b := newKeys(t), threeMasters(t)
			b.boot("master", k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init"}))
			joining := node{name: "master1", endpoint: endpoint + ":6443", action: "control-plane"}
			if test.change != nil {
				test.change(&joining)
			}
			b.boot("master1", k.node(joining))
			err := b.awaitError("master1")
			if test.says == nil {
				require.NoError(t, err)
				return
			}
			requireCode(t, err, "VMExtensionProvisioningError")
			for _, text := range test.says {
				require.ErrorContains(t, err, text)
			}
			b.look(func(w *world.World) { require.Len(t, w.Clusters[endpoint].Masters, 1) })
		})
	}
}

func TestMastersNeedAnEndpoint(t *testing.T) {
	t.Parallel()
	k, b := newKeys(t), threeMasters(t)
	b.boot("master", k.node(node{name: "master", endpoint: "", action: "init"}))
	b.boot("master1", k.node(node{name: "master1", endpoint: "10.0.1.4:6443", action: "control-plane"}))
	require.ErrorContains(t, b.awaitError("master1"), "stable controlPlaneEndpoint address")
}

func TestServing(t *testing.T) {
	t.Parallel()
	k, b := newKeys(t), threeMasters(t)
	b.boot("master", k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init"}))
	b.look(func(w *world.World) {
		listeners, err := netpath.Dial(w, netpath.Internet(), endpoint, 6443)
		require.NoError(t, err)
		require.Len(t, listeners, 3, "the load balancer knows the machines to come")
		require.NotNil(t, guest.Serving(w, listeners))
		require.Nil(t, guest.Serving(w, listeners[1:]))
	})
}

// TestReplacedFirstMaster: a machine that made the cluster once must not make another one beside it.
func TestReplacedFirstMaster(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rejoins bool
		says    string
	}{"joins the others": {true, ""}, "makes one again": {false, "there is a control plane at"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b := newKeys(t), threeMasters(t)
			first := k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init", rejoins: test.rejoins})
			b.boot("master", first)
			b.boot("master1", k.node(node{name: "master1", endpoint: endpoint + ":6443", action: "control-plane"}))
			require.NoError(t, b.delete(vmToken, computeID+"virtualMachines/master"))
			b.boot("master", first)
			err := b.awaitError("master")
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			b.look(func(w *world.World) {
				require.Len(t, w.Clusters, 1)
				require.ElementsMatch(t, []string{"master", "master1"}, w.Clusters[endpoint].EtcdMembers)
			})
			require.Equal(t, "control-plane", b.nodes()["master"].Role)
		})
	}
}
