package azure_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestClusterBoots(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.build(goodPlan(), "linux1", "win1")
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)

	b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	b.create(extToken, "master", extensionInputs("master", "ext"))
	linux := joiner{"linux1", joinToken, pin, endpoint + ":6443", "  - {name: node-labels, value: \"pool=linux,x=\"}\n"}
	b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", linux.linux()))
	b.create(extToken, "linux1", extensionInputs("linux1", "ext"))
	win := joiner{"win1", joinToken, pin, endpoint + ":6443",
		"  - {name: register-with-taints, value: \"os=windows:NoSchedule\"}\n"}
	b.create(vmToken, "win1", with(windowsInputs("win1"), "osProfile.customData", win.windows()))
	require.NotContains(t, b.nodes(), "win1", "custom data is only a file on Windows")
	b.create(extToken, "win1", windowsExtension("win1"))

	b.look(func(w *world.World) {
		c := w.Clusters[endpoint]
		require.NotNil(t, c)
		require.Equal(t, "demo", c.Name)
		require.Equal(t, "192.168.0.0/16", c.PodCIDR)
		require.Equal(t, []string{world.Digest(joinToken)}, c.TokenDigests)
	})
	uninitialized := world.Taint{Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: "NoSchedule"}
	nodes := b.nodes()
	require.Len(t, nodes, 3)
	master := nodes["master"]
	require.Equal(t, "control-plane", master.Role)
	require.Contains(t, master.Taints, world.Taint{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"})
	require.Equal(t, "v1.36.5", master.KubeletVersion)
	require.Equal(t, "linux", nodes["linux1"].Labels["pool"])
	require.Equal(t, "v1.36.4", nodes["linux1"].KubeletVersion, "the one that the script installs")
	require.Contains(t, nodes["linux1"].Taints, uninitialized)
	require.Equal(t, "10.0.20348", nodes["win1"].Labels["node.kubernetes.io/windows-build"])
	require.Contains(t, nodes["win1"].Taints, uninitialized)
	require.Contains(t, nodes["win1"].Taints, world.Taint{Key: "os", Value: "windows", Effect: "NoSchedule"})
	for _, n := range nodes {
		require.Contains(t, n.Taints, world.Taint{Key: "node.kubernetes.io/not-ready", Effect: "NoSchedule"})
		require.Regexp(t, `^10\.0\.1\.`, n.PrivateIP)
	}

	require.NoError(t, b.delete(vmToken, computeID+"virtualMachines/linux1"))
	require.NotContains(t, b.nodes(), "linux1")
	require.NoError(t, b.delete(vmToken, computeID+"virtualMachines/master"))
	b.look(func(w *world.World) { require.Empty(t, w.Clusters, "no master, no cluster") })
}

func TestWhatKeepsANodeOut(t *testing.T) {
	t.Parallel()
	deny := with(with(ruleInputs("deny", 100, "6443"), "access", "Deny"), "sourceAddressPrefix", "Internet")
	nobody := with(ruleInputs("nobody", 4000, "*"), "access", "Deny")
	probes := with(ruleInputs("probes", 3900, "*"), "sourceAddressPrefix", "AzureLoadBalancer")
	inside := with(ruleInputs("api", 100, "6443"), "sourceAddressPrefix", "VirtualNetwork")
	tests := map[string]struct {
		plan func(*plan)
		join func(*joiner)
		says string
	}{
		"nothing":           {says: ""},
		"token":             {join: func(j *joiner) { j.token = "abcdef.ffffffffffffffff" }, says: `could not find a JWS signature in the cluster-info ConfigMap for token ID \"abcdef\"`},
		"malformed token":   {join: func(j *joiner) { j.token = "secret" }, says: "not of the form"},
		"CA hash":           {join: func(j *joiner) { j.pin = "sha256:" + strings.Repeat("0", 64) }, says: "none of the public keys"},
		"name":              {join: func(j *joiner) { j.name = "somebody" }, says: "instance not found"},
		"host":              {join: func(j *joiner) { j.endpoint = "other.westeurope.cloudapp.azure.com:6443" }, says: "no such host"},
		"port":              {join: func(j *joiner) { j.endpoint = endpoint + ":443" }, says: "no rule for the port"},
		"label":             {join: func(j *joiner) { j.extra = "  - {name: node-labels, value: node-role.kubernetes.io/agent=}\n" }, says: "unknown 'kubernetes.io'"},
		"no address":        {plan: func(o *plan) { o.label = "another" }, says: "no such host"},
		"closed":            {plan: func(o *plan) { o.nsg = nsgInputs() }, says: "does not let"},
		"denied first":      {plan: func(o *plan) { o.nsg = nsgInputs(ruleInputs("api", 200, "6443"), deny) }, says: "does not let"},
		"inside only":       {plan: func(o *plan) { o.nsg = nsgInputs(inside) }, says: "does not let"},
		"another port open": {plan: func(o *plan) { o.nsg = nsgInputs(ruleInputs("api", 100, "443")) }, says: "does not let"},
		"no rule":           {plan: func(o *plan) { o.lb = with(o.lb, "loadBalancingRules", nil) }, says: "no rule for the port"},
		"backend port": {plan: func(o *plan) {
			rule := tree.Map(tree.List(o.lb, "loadBalancingRules")[0])
			o.lb = with(o.lb, "loadBalancingRules", l{with(rule, "backendPort", 443.0)})
			o.nsg = nsgInputs(ruleInputs("api", 100, "443"))
		}, says: "connection refused"},
		"probe's port": {plan: func(o *plan) { o.lb = with(o.lb, "probes", l{m{"name": "probe", "protocol": "Tcp", "port": 443.0}}) }, says: "connection refused"},
		"probe let in": {plan: func(o *plan) {
			o.nsg = nsgInputs(ruleInputs("api", 100, "6443"), with(probes, "priority", 3900.0), nobody)
		}, says: ""},
		"probe kept out": {plan: func(o *plan) {
			o.nsg = nsgInputs(with(ruleInputs("api", 100, "6443"), "sourceAddressPrefix", "Internet"), nobody)
		}, says: "health probe"},
		"probe and all": {plan: func(o *plan) { o.nsg = nsgInputs(ruleInputs("api", 100, "6443"), nobody) }, says: ""},
		"empty pool":    {plan: func(o *plan) { o.poolless = true }, says: "is empty"},
	}
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			o := goodPlan()
			if test.plan != nil {
				test.plan(o)
			}
			b.build(o, "linux1")
			b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
			j := joiner{name: "linux1", token: joinToken, pin: pin, endpoint: endpoint + ":6443"}
			if test.join != nil {
				test.join(&j)
			}
			b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", j.linux()))
			err := b.createError(extToken, extensionInputs("linux1", "ext"))
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			requireCode(t, err, "VMExtensionProvisioningError")
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), j.token)
			require.NotContains(t, b.nodes(), "linux1")
		})
	}
}

func TestNoWayOut(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	o := goodPlan()
	o.vnet["subnets"] = l{m{"name": "one", "addressPrefix": "10.0.1.0/24"}}
	rule := tree.Map(tree.List(o.lb, "loadBalancingRules")[0])
	o.lb = with(o.lb, "loadBalancingRules", l{with(rule, "disableOutboundSnat", true)})
	b.build(o)
	cert, key := authority(t)
	vm, _ := b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	response, err := b.tryCreate(t.Context(), extToken, "ext", extensionInputs("master", "ext"))
	requireCode(t, err, "VMExtensionProvisioningError")
	require.ErrorContains(t, err, "network is unreachable")
	require.NotNil(t, response.PartialState, "the extension is there, and failed")
	require.Equal(t, vm+"/extensions/ext", response.ID)

	_, err = b.update(lbToken, lbID, nil, with(with(o.lb, "location", "westeurope"), "outboundRules", l{m{
		"name": "out", "protocol": "All", "backendAddressPool": m{"id": lbID + "/backendAddressPools/pool"},
		"frontendIPConfigurations": l{m{"id": lbID + "/frontendIPConfigurations/front"}},
	}}))
	require.NoError(t, err)
	_, err = b.update(extToken, response.ID, nil, extensionInputs("master", "ext"))
	requireCode(t, err, "VMExtensionProvisioningError")
	out, err := b.update(extToken, response.ID, nil, with(extensionInputs("master", "ext"), "forceUpdateTag", "2"))
	require.NoError(t, err, "with a way out the bootstrap goes on, and the extension sees it when it runs again")
	require.Equal(t, "Succeeded", out["provisioningState"])
}

func TestBrokenMasters(t *testing.T) {
	t.Parallel()
	cert, key := authority(t)
	_, otherKey := authority(t)
	tests := map[string]struct{ data, says string }{
		"key of another": {masterData(cert, otherKey, "master"), "do not fit together"},
		"no authority":   {masterData("", "", "master"), "no certificate authority"},
		"another name":   {masterData(cert, key, "boss"), "instance not found"},
		"no YAML":        {base64.StdEncoding.EncodeToString([]byte("#cloud-config\nruncmd: [")), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.build(goodPlan())
			b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", test.data))
			err := b.createError(extToken, extensionInputs("master", "ext"))
			if test.says == "" {
				test.says = "failed loading yaml"
			}
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestWorkersWaitForTheControlPlane(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{BootTimeout: time.Minute})
	const count = 8
	var workers []string
	for i := range count {
		workers = append(workers, fmt.Sprintf("linux%d", i))
	}
	b.build(goodPlan(), workers...)
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	results := make(chan error)
	for _, name := range workers {
		j := joiner{name: name, token: joinToken, pin: pin, endpoint: endpoint + ":6443"}
		go func() {
			results <- b.createWithout(vmToken, with(linuxInputs(name), "osProfile.customData", j.linux()))
		}()
	}
	for range workers {
		require.NoError(t, <-results)
	}
	for _, name := range workers {
		go func() { results <- b.createWithout(extToken, extensionInputs(name, "ext")) }()
	}
	require.NoError(t, b.createWithout(vmToken, with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master"))))
	for range workers {
		require.NoError(t, <-results)
	}
	require.Len(t, b.nodes(), count+1)
}

// createWithout creates without failing the test, for other goroutines.
func (b *lab) createWithout(token string, inputs m) error {
	inputs = with(inputs, "location", "westeurope")
	_, err := b.provider.Create(b.t.Context(), p.CreateRequest{Urn: urn(token, "it"), Properties: props.FromPlainMap(inputs)})
	return err
}

func TestCancelledWait(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{BootTimeout: time.Hour})
	b.build(goodPlan(), "linux1")
	j := joiner{name: "linux1", token: joinToken, pin: "sha256:00", endpoint: endpoint + ":6443"}
	b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", j.linux()))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		response, err := b.tryCreate(ctx, extToken, "ext", extensionInputs("linux1", "ext"))
		if response.PartialState == nil {
			err = fmt.Errorf("no partial state beside %w", err)
		}
		done <- err
	}()
	extension := computeID + "virtualMachines/linux1/extensions/ext"
	require.NoError(t, b.store.Wait(t.Context(), func(w *world.World) bool { return w.Find(extension) != nil }))
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestBootSurvivesTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	reopen := func() *lab {
		store, err := world.Open(dir)
		require.NoError(t, err)
		cloud, err := azure.New(t.Context(), store, azure.Options{BootTimeout: 20 * time.Millisecond})
		require.NoError(t, err)
		return &lab{t: t, store: store, provider: cloud.Provider()}
	}
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	b := reopen()
	b.build(goodPlan(), "linux1")
	j := joiner{name: "linux1", token: joinToken, pin: pin, endpoint: endpoint + ":6443"}
	b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", j.linux()))
	b = reopen()
	b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	require.Contains(t, b.nodes(), "linux1", "it waited, in the world")
	b = reopen()
	b.create(extToken, "ext", extensionInputs("linux1", "ext"))
}

// The kubelet adds the cloud provider's taint by itself, on Windows, too.
func TestTaintTwiceKeepsANodeOut(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.build(goodPlan(), "win1")
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	win := joiner{"win1", joinToken, pin, endpoint + ":6443",
		"  - {name: register-with-taints, value: \"node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule\"}\n"}
	b.create(vmToken, "win1", with(windowsInputs("win1"), "osProfile.customData", win.windows()))
	require.ErrorContains(t, b.createError(extToken, windowsExtension("win1")), "taints must be unique by key and effect pair")
}
