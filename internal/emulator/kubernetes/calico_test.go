package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	tokenStatus = "kubernetes:operator.tigera.io/v1:TigeraStatusPatch"
	linuxCalico = `
name: calico
chart: tigera-operator
version: v3.31.7
namespace: tigera-operator
createNamespace: true
repositoryOpts: {repo: "https://docs.tigera.io/calico/charts"}
values:
  apiServer: {enabled: false}
  kubernetesServiceEndpoint: {host: demo.westeurope.cloudapp.azure.com, port: "6443"}
  installation:
    serviceCIDRs: [10.96.0.0/12]
    calicoNetwork: {bgp: Disabled, mtu: 1350, ipPools: [{cidr: 192.168.0.0/16, encapsulation: VXLAN}]}
`
	// windowsNodes are the operator's own defaults, said by the chart.
	windowsNodes = `    windowsNodes: {cniBinDir: /opt/cni/bin, cniConfigDir: /etc/cni/net.d, cniLogDir: /var/log/calico/cni}
`
	withoutServer = "values:\n  apiServer: {enabled: false}\n"
)

func statusOf(component string) string {
	return `
apiVersion: operator.tigera.io/v1
kind: TigeraStatus
metadata: {name: ` + component + `, annotations: {pulumi.com/patchForce: "true", pulumi.com/waitFor: condition=Available}}
`
}

func (r *rig) object(group, kind, namespace, name string) *unstructured.Unstructured {
	r.t.Helper()
	gvr := api.Resource(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind})
	u, err := r.client().Resource(gvr).Namespace(namespace).Get(r.t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(r.t, err)
	return u
}

func (r *rig) calicoOnWindows() bool {
	r.t.Helper()
	return r.object("apps", "DaemonSet", "calico-system", "calico-node-windows") != nil
}

// The operator renders nothing for Windows before it has what it wants, and says so in
// a status of its own alone.
func TestOperatorRendersNothingForWindowsUntilItCan(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		release  string
		strict   bool
		degraded string
	}{
		"no API server of Calico's": {strings.Replace(calico, "values:\n", withoutServer, 1), true, "Waiting for IPAMConfiguration watch to be established: "},
		"addresses are borrowed":    {calico, false, "StrictAffinity is false, it must be set to 'true' in the default IPAMConfiguration"},
		"both are right":            {calico, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.mustCreate(tokenRelease, "cnm", nodeManager)
			r.mustCreate(tokenRelease, "calico", tc.release)
			if tc.strict {
				r.mustCreate(tokenIPAM, "ipam", ipam)
			}
			resp, err := r.create(tokenStatus, "windows", statusOf("calico-windows"))
			require.Equal(t, tc.degraded == "", r.calicoOnWindows())
			require.Equal(t, "True", api.Condition(r.object("operator.tigera.io", "Installation", "", "default"), "Ready")["status"],
				"the Installation says nothing of Windows")
			if tc.degraded == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "failed to fully initialize or become live: timed out waiting for the condition")
			require.Contains(t, api.Condition(r.object("operator.tigera.io", "TigeraStatus", "", "calico-windows"), "Degraded")["message"], tc.degraded)
			require.NotNil(t, resp.PartialState, "what was made is known")
		})
	}
}

func TestConditionsAreAsTheRealResourceTypeDemands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	for _, u := range []*unstructured.Unstructured{
		r.object("operator.tigera.io", "Installation", "", "default"), r.object("operator.tigera.io", "TigeraStatus", "", "calico-windows"),
	} {
		conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
		require.Len(t, conditions, 3)
		for _, c := range conditions {
			for _, field := range []string{"type", "status", "reason", "lastTransitionTime"} {
				require.NotEmpty(t, c.(map[string]any)[field], "%s of %s", field, u.GetKind())
			}
		}
	}
}

func TestOperatorTakesItsNamespaceOver(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustCreate(tokenNamespace, "calico-system", "metadata: {name: calico-system}")
	r.network()
	namespace := r.object("", "Namespace", "", "calico-system")
	require.Equal(t, "privileged", namespace.GetLabels()["pod-security.kubernetes.io/enforce"])
	require.Equal(t, "Installation", namespace.GetOwnerReferences()[0].Kind)
	_, err := r.create(tokenNamespace, "again", "metadata: {name: calico-system}")
	require.ErrorContains(t, err, "already exists", "who declares it later fails")
}

// typhas are how many replicas there are to be; 0 without a Deployment.
func (r *rig) typhas() int64 {
	r.t.Helper()
	d := r.object("apps", "Deployment", "calico-system", "calico-typha")
	if d == nil {
		return 0
	}
	replicas, _, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
	return replicas
}

// only leaves the cluster only the nodes whose names are given.
func (r *rig) only(names ...string) {
	r.t.Helper()
	require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
		w.Clusters[host].Nodes = slices.DeleteFunc(w.Clusters[host].Nodes, func(n *world.Node) bool { return !slices.Contains(names, n.Name) })
		return nil
	}))
}

// cordon keeps pods off a node, if one is named.
func (r *rig) cordon(name string) {
	r.t.Helper()
	require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
		if n := w.Clusters[host].Node(name); n != nil {
			n.Taints = append(n.Taints, world.Taint{Key: "node.kubernetes.io/unschedulable", Effect: "NoSchedule"})
		}
		return nil
	}))
}

// degraded is why a component of the operator's is, or nil.
func (r *rig) degraded(component string) any {
	r.t.Helper()
	condition := api.Condition(r.object("operator.tigera.io", "TigeraStatus", "", component), "Degraded")
	if condition["status"] != "True" {
		return nil
	}
	return condition["message"]
}

// Typhas are counted by all nodes that take pods, for those with Windows ask them as
// well, and run on Linux: with too few Linux nodes the operator makes nothing.
func TestTyphasNeedLinuxNodes(t *testing.T) {
	t.Parallel()
	const short = "Failed to scale typha: not enough linux nodes to schedule typha pods on, "
	for name, tt := range map[string]struct {
		nodes  []string
		cordon string
		want   int64
		said   any
	}{
		"five nodes, three with Linux":           {[]string{"master-0", "linux-0", "linux-1", "win-0", "win-1"}, "", 3, nil},
		"five nodes, one cordoned":               {[]string{"master-0", "linux-0", "linux-1", "win-0", "win-1"}, "win-1", 2, nil},
		"four nodes, two with Linux":             {[]string{"master-0", "linux-0", "win-0", "win-1"}, "", 2, nil},
		"a master and a Windows node":            {[]string{"master-0", "win-0"}, "", 1, nil},
		"a master and two of them":               {[]string{"master-0", "win-0", "win-1"}, "", 0, short + "require 2 and have 1"},
		"a master and two, one of them cordoned": {[]string{"master-0", "win-0", "win-1"}, "win-0", 1, nil},
		"the only other Linux node cordoned":     {[]string{"master-0", "linux-0", "win-0", "win-1"}, "linux-0", 0, short + "require 2 and have 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.only(tt.nodes...)
			r.cordon(tt.cordon)
			r.mustCreate(tokenRelease, "cnm", nodeManager)
			_, err := r.create(tokenRelease, "calico", calico)
			require.NoError(t, err)
			require.Equal(t, tt.want, r.typhas())
			require.Equal(t, tt.said, r.degraded("calico"))
			require.Equal(t, tt.said == nil, r.object("apps", "DaemonSet", "calico-system", "calico-node") != nil)
		})
	}
}

// What runs goes on when Windows nodes come for which there are too few typhas; the
// status tells.
func TestNodesThatComeLaterLeaveTheNetworkAsItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.only("master-0", "win-0")
	r.network()
	require.Nil(t, r.degraded("calico"))
	require.NoError(t, r.store.Update(t.Context(), func(w *world.World) error {
		w.Clusters[host].Nodes = append(w.Clusters[host].Nodes, node("win-1", "windows", "worker", 4))
		return nil
	}))
	r.mustCreate(tokenNamespace, "another", "metadata: {name: another}")
	require.EqualValues(t, 1, r.typhas())
	require.Contains(t, r.degraded("calico"), "require 2 and have 1")
	require.NotNil(t, r.object("apps", "DaemonSet", "calico-system", "calico-node"))
}

// Calico writes a configuration of its own at its first call.
func TestDeclaringTheAddressConfigurationFailsOnCalicosOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustCreate(tokenRelease, "calico", calico)
	_, err := r.create(strings.TrimSuffix(tokenIPAM, "Patch"), "ipam", ipam)
	require.ErrorContains(t, err, "already exists")
	_, err = r.create(tokenIPAM, "ipam", strings.Replace(ipam, `pulumi.com/patchForce: "true"`, "a: b", 1))
	require.ErrorContains(t, err, "field conflict detected")
	made := r.mustCreate(tokenIPAM, "ipam", ipam)
	remove := p.DeleteRequest{ID: made.ID, Urn: urn(tokenIPAM, "ipam"), Properties: made.Properties}
	require.ErrorContains(t, r.provider.Delete(t.Context(), remove), "currently managing a required field")
}

// TestClusterGoesFromLinuxToWindowsAndBack: each step of a cluster's life, and each
// once more from where it was cut off.
func TestClusterGoesFromLinuxToWindowsAndBack(t *testing.T) {
	t.Parallel()
	both := strings.Replace(calico, "    calicoNetwork:", windowsNodes+"    calicoNetwork:", 1)
	installation := func(r *rig) *unstructured.Unstructured {
		return r.object("operator.tigera.io", "Installation", "", "default")
	}
	update := func(r *rig, from, to string) {
		_, err := r.provider.Update(t.Context(), p.UpdateRequest{
			ID: "tigera-operator/calico", Urn: urn(tokenRelease, "calico"),
			OldInputs: r.checked(tokenRelease, "calico", from), Inputs: r.checked(tokenRelease, "calico", to),
		})
		require.NoError(t, err)
	}
	ready := func(r *rig, kind string) bool { return api.Condition(installation(r), kind)["status"] == "True" }
	for name, tc := range map[string]struct {
		withWindows string
		want        string
	}{
		"as it is declared":               {both, ""},
		"the operator's defaults unnamed": {calico, "spec.WindowsNodes is not valid and should not be provided when Calico for Windows is disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.mustCreate(tokenRelease, "cnm", nodeManager)
			r.mustCreate(tokenRelease, "calico", linuxCalico)
			require.Equal(t, "False", api.Condition(r.object("operator.tigera.io", "TigeraStatus", "", "calico"), "Degraded")["status"])
			require.False(t, r.calicoOnWindows())
			// Cut off here: the release is there, and the addresses are borrowed.
			update(r, linuxCalico, tc.withWindows)
			require.False(t, r.calicoOnWindows())
			r.mustCreate(tokenIPAM, "ipam", ipam)
			r.mustCreate(tokenStatus, "windows", statusOf("calico-windows"))
			require.True(t, r.calicoOnWindows())
			r.mustCreate(tokenIPAM, "ipam", ipam) // the same again, after a state that was lost
			update(r, tc.withWindows, linuxCalico)
			require.NotNil(t, r.object("", "Namespace", "", "calico-system"))
			require.NotNil(t, r.object("apps", "DaemonSet", "calico-system", "calico-node"))
			if tc.want != "" {
				require.True(t, ready(r, "Degraded"))
				require.Contains(t, api.Condition(installation(r), "Degraded")["message"], tc.want)
				return
			}
			require.True(t, ready(r, "Ready"))
			require.Nil(t, r.object("operator.tigera.io", "TigeraStatus", "", "apiserver"))
			update(r, linuxCalico, tc.withWindows)
			r.mustCreate(tokenStatus, "windows", statusOf("calico-windows"))
			require.True(t, r.nodes()["win-0"].Ready)
		})
	}
}
