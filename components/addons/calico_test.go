package addons_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

const (
	ipamPatch   = "kubernetes:crd.projectcalico.org/v1:IPAMConfigPatch"
	statusPatch = "kubernetes:operator.tigera.io/v1:TigeraStatusPatch"
)

func (r *recorder) typeOf(name string) string { return r.requests["addons-"+name].GetType() }

// Strict affinity is set before the first address is given out, or a cluster that
// gets Windows nodes later has borrowed addresses by then.
func TestAddressesAreNeverBorrowed(t *testing.T) {
	t.Parallel()
	for _, windows := range []bool{false, true} {
		r := install(t, windows)
		require.Equal(t, ipamPatch, r.typeOf("calico-ipam"), "the object is Calico's: who declares it fails on what is there, or deletes it")
		spec := r.inputs["addons-calico-ipam"]["spec"].ObjectValue()
		require.True(t, spec["strictAffinity"].BoolValue())
		require.True(t, spec["autoAllocateBlocks"].BoolValue(), "the resource type demands it")
		require.Equal(t, "true", annotation(r.inputs["addons-calico-ipam"], "pulumi.com/patchForce"), "Calico may have written another value")
		require.True(t, r.requests["addons-calico-ipam"].GetRetainOnDelete(), "required fields cannot be given back")
	}
}

// What an operator or a controller makes is patched or left alone.
func TestNothingOfOthersIsDeclared(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	others := map[string]bool{
		"Namespace calico-system": true, "Namespace kube-system": true, "Namespace tigera-operator": true,
		"IPAMConfig default": true, "Installation default": true, "APIServer default": true,
		"FelixConfiguration default": true, "Tier default": true, "ConfigMap kube-proxy": true, "ServiceAccount kube-proxy": true,
		"TigeraStatus calico": true, "TigeraStatus calico-windows": true, "TigeraStatus apiserver": true,
		"DaemonSet calico-node-windows": true, "ConfigMap calico-static-rules": true,
	}
	for name, inputs := range r.inputs {
		if !inputs["kind"].IsString() || strings.HasSuffix(r.requests[name].GetType(), "Patch") {
			continue
		}
		object := inputs["kind"].StringValue() + " " + inputs["metadata"].ObjectValue()["name"].StringValue()
		require.False(t, others[object], "%s declares %s", name, object)
	}
}

// The Installation says Ready while nothing runs on Windows nodes.
func TestUpWaitsForWhatTheOperatorSaysOfEachPart(t *testing.T) {
	t.Parallel()
	waits := func(r *recorder) map[string]string {
		found := map[string]string{}
		for name, request := range r.requests {
			if request.GetType() == statusPatch {
				require.Contains(t, request.GetIgnoreChanges(), "metadata.annotations", "the provider may keep what was there before them")
				found[r.inputs[name]["metadata"].ObjectValue()["name"].StringValue()] = annotation(r.inputs[name], "pulumi.com/waitFor")
			}
		}
		return found
	}
	const available = "condition=Available"
	require.Equal(t, map[string]string{"calico": available}, waits(install(t, false)))
	r := install(t, true)
	require.Equal(t, map[string]string{"calico": available, "apiserver": available, "calico-windows": available}, waits(r))
	// kube-proxy's pods wait for Calico's network, so what keeps that from coming is said first.
	require.Contains(t, strings.Join(r.requests["addons-kube-proxy-windows-script"].GetDependencies(), " "), "calico-windows-status")
	require.Contains(t, strings.Join(r.requests["addons-cloud-controller-manager"].GetDependencies(), " "), "addons-calico-status")
}

// The operator writes its defaults for Windows nodes into the Installation, and
// refuses them once Windows is off. Helm takes away only what the chart had said.
func TestTheLastWindowsPoolLeavesAnInstallationThatTheOperatorTakes(t *testing.T) {
	t.Parallel()
	values := install(t, true).inputs["addons-calico"]["values"].ObjectValue()
	nodes := values["installation"].ObjectValue()["windowsNodes"].ObjectValue()
	require.Equal(t, resource.NewPropertyMapFromMap(map[string]any{
		"cniBinDir": "/opt/cni/bin", "cniConfigDir": "/etc/cni/net.d", "cniLogDir": "/var/log/calico/cni",
	}), nodes)
}

// Felix and kube-proxy must agree on iptables or nftables.
func TestCalicoFollowsTheModeOfKubeProxy(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"": "", "iptables": "", "ipvs": "", "nftables": "Nftables"} {
		r := declare(t, func(a *addons.Args) { a.KubeProxyMode = mode })
		network := r.at("calico", "installation", "calicoNetwork").ObjectValue()
		if want == "" {
			require.NotContains(t, network, resource.PropertyKey("linuxDataplane"), mode)
			continue
		}
		require.Equal(t, want, network["linuxDataplane"].StringValue(), mode)
	}
}

func TestPodsOnWindowsDoNotReachAzuresServicesForMachines(t *testing.T) {
	t.Parallel()
	r := install(t, true)
	tier := r.inputs["addons-azure-services-tier"]
	require.Equal(t, "Pass", tier["spec"].ObjectValue()["defaultAction"].StringValue(), "users' own policies come after it")
	require.Less(t, tier["spec"].ObjectValue()["order"].NumberValue(), 1e6, "tier default comes after it")
	policy := r.inputs["addons-azure-services-policy"]
	metadata, spec := policy["metadata"].ObjectValue(), policy["spec"].ObjectValue()
	name := tier["metadata"].ObjectValue()["name"].StringValue()
	require.Equal(t, name, spec["tier"].StringValue())
	require.Equal(t, name, metadata["labels"].ObjectValue()["projectcalico.org/tier"].StringValue())
	require.True(t, strings.HasPrefix(metadata["name"].StringValue(), name+"."), "Calico finds a tier's policies by name")
	require.NotEqual(t, "all()", spec["selector"].StringValue(), "that would hold hosts with endpoints as well")

	denied := map[string][]any{}
	for _, rule := range spec["egress"].ArrayValue() {
		fields := rule.ObjectValue()
		if fields["action"].StringValue() != "Deny" {
			// Anything but a Pass, or one that matches, would be no business of this tier's.
			require.Equal(t, "Pass", fields["action"].StringValue())
			require.InDelta(t, 254, fields["icmp"].ObjectValue()["type"].NumberValue(), 0, "iptables takes 255 for any")
			continue
		}
		destination := fields["destination"].ObjectValue()
		var ports []any
		if destination["ports"].IsArray() {
			for _, port := range destination["ports"].ArrayValue() {
				ports = append(ports, port.NumberValue())
			}
		}
		denied[destination["nets"].ArrayValue()[0].StringValue()] = ports
	}
	require.Equal(t, map[string][]any{"168.63.129.16/32": {80.0, 32526.0}, "169.254.169.254/32": nil}, denied,
		"its DNS on port 53 stays open")
}

// Pods do not reach Azure's metadata service. What asks there must be on the host's
// network.
func TestWhatAsksTheMetadataServiceIsOnTheHostsNetwork(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	require.True(t, r.at("cluster-autoscaler", "hostNetwork").BoolValue())
	for _, driver := range []string{"azuredisk-csi-driver", "azurefile-csi-driver"} {
		controller := r.at(driver, "controller").ObjectValue()
		require.NotContains(t, controller, resource.PropertyKey("hostNetwork"), "on by default in the chart, and not switched off")
	}
	require.True(t, r.inputs["addons-kube-proxy-windows"]["spec"].ObjectValue()["template"].ObjectValue()["spec"].ObjectValue()["hostNetwork"].BoolValue())
}

func annotation(inputs resource.PropertyMap, key string) string {
	return inputs["metadata"].ObjectValue()["annotations"].ObjectValue()[resource.PropertyKey(key)].StringValue()
}

func declare(t *testing.T, change func(*addons.Args)) *recorder {
	t.Helper()
	args := addons.Args{
		ClusterName: "demo", Release: apimodel.Releases()[0], PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16",
		EndpointPort: 6443, Masters: 1, LinuxWorkers: true, Windows: true, Location: "westeurope",
	}
	change(&args)
	return installArgs(t, args)
}
