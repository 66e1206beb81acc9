package hybridcluster_test

import (
	"crypto/sha256"
	_ "embed" // the certificate
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testCertificate stands for every certificate: the program only takes its
// public key's hash.
//
//go:embed testdata/keys/ca.crt
var testCertificate string

// testSSHKey stands for every key in authorized_keys form: 32 zeros as an Ed25519
// key.
const testSSHKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

func TestDeclaredResources(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, r := range declare(t, &hybridcluster.Args{Definition: hybrid(t)}) {
		lines = append(lines, fmt.Sprintf("%-60s %s", r.token, r.name))
	}
	slices.Sort(lines)
	golden(t, "resources.golden", strings.Join(lines, "\n")+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	want, _ := os.ReadFile(path)
	if string(want) == got {
		return
	}
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		t.Errorf("%s was rewritten: read the difference, and run again without -update", path)
		return
	}
	require.Equal(t, string(want), got, "%s differs; `go test ./components/hybridcluster -update` rewrites it", path)
}

func TestReorderedPoolsDeclareTheSame(t *testing.T) {
	t.Parallel()
	before := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	d := hybrid(t)
	slices.Reverse(d.Properties.AgentPoolProfiles)
	after := declare(t, &hybridcluster.Args{Definition: d})
	require.Equal(t, names(before), names(after))
	for name, r := range before {
		require.Equal(t, r.inputs, after[name].inputs, name)
	}
}

func TestRaisedCountAddsOneNode(t *testing.T) {
	t.Parallel()
	before := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	d := hybrid(t)
	d.Properties.AgentPoolProfiles[1].Count++
	after := declare(t, &hybridcluster.Args{Definition: d})
	var added []string
	for name := range after {
		if _, ok := before[name]; !ok {
			added = append(added, name)
		}
	}
	require.ElementsMatch(t, []string{
		"cluster-windowspool2002-nic", "cluster-windowspool2002", "cluster-windowspool2002-bootstrap",
	}, added)
	require.Len(t, after, len(before)+3)
}

func TestSecretsAreMarked(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.WindowsProfile = &apimodel.WindowsProfile{AdminUsername: "azureuser", AdminPassword: "Pl4nted-Passw0rd!"}
	d.Properties.ServicePrincipalProfile = &apimodel.ServicePrincipalProfile{
		ClientID: "00000000-0000-0000-0000-0000000000ee", Secret: "planted-principal-secret",
	}
	seen := declare(t, &hybridcluster.Args{Definition: d})
	for name, r := range seen {
		clear := fmt.Sprint(withoutSecrets(resource.NewObjectProperty(r.inputs)))
		for _, secret := range []string{"Pl4nted-Passw0rd!", "planted-principal-secret", "PRIVATE KEY"} {
			require.NotContains(t, clear, secret, "%s declares a secret in clear", name)
			require.NotContains(t, clear, base64.StdEncoding.EncodeToString([]byte(secret)), name)
		}
	}
	for _, name := range []string{"cluster-demo-control-plane-0", "cluster-linuxpool1000", "cluster-windowspool2000"} {
		profile := seen[name].inputs["osProfile"].ObjectValue()
		require.True(t, profile["customData"].IsSecret(), "%s: customData", name)
	}
	require.True(t, seen["cluster-windowspool2000"].inputs["osProfile"].ObjectValue()["adminPassword"].IsSecret())
	require.True(t, seen["cluster-kubernetes"].inputs["kubeconfig"].IsSecret())
}

// withoutSecrets drops secret values, at any depth.
func withoutSecrets(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return "[secret]"
	case v.IsObject():
		out := map[string]any{}
		for k, x := range v.ObjectValue() {
			out[string(k)] = withoutSecrets(x)
		}
		return out
	case v.IsArray():
		var out []any
		for _, x := range v.ArrayValue() {
			out = append(out, withoutSecrets(x))
		}
		return out
	}
	return v.V
}

func TestMachinesAreLeftOrReplacedOnPurpose(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	master := seen["cluster-demo-control-plane-0"].request
	worker := seen["cluster-linuxpool1000"].request
	require.Contains(t, master.GetIgnoreChanges(), "storageProfile.imageReference")
	for _, part := range []string{"publisher", "offer", "sku", "version"} {
		require.NotContains(t, master.GetReplaceOnChanges(), "storageProfile.imageReference."+part)
		require.Contains(t, worker.GetReplaceOnChanges(), "storageProfile.imageReference."+part)
	}
	require.Contains(t, master.GetIgnoreChanges(), "osProfile.adminUsername", "a replaced master has lost the cluster")
	require.Contains(t, worker.GetReplaceOnChanges(), "osProfile.adminUsername")
	for _, r := range []string{"osProfile.customData", "osProfile.adminPassword"} {
		require.Contains(t, master.GetIgnoreChanges(), r)
		require.Contains(t, worker.GetIgnoreChanges(), r)
	}
	require.True(t, worker.GetDeleteBeforeReplace())
}

func TestOwnGroupTakesEverythingWithIt(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	for name, r := range seen {
		if !strings.HasPrefix(r.token, "azure-native:") || name == "cluster-group" {
			continue
		}
		require.NotEmpty(t, r.request.GetDeletedWith(), "%s would need a delete of its own", name)
	}
}

func TestExistingGroupIsNotDeclared(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t), ExistingResourceGroup: "shared"})
	require.NotContains(t, seen, "cluster-group")
	for name, r := range seen {
		if group, ok := r.inputs["resourceGroupName"]; ok {
			require.Equal(t, "shared", group.StringValue(), name)
		}
		if strings.HasSuffix(name, "-nic") {
			require.Empty(t, r.request.GetDeletedWith(), name)
		}
	}
}

func TestServicePrincipalReplacesIdentity(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{
		Definition: hybrid(t),
		ServicePrincipal: &hybridcluster.ServicePrincipal{
			ClientID: pulumi.String("00000000-0000-0000-0000-0000000000ee"), Secret: pulumi.String("planted"),
		},
	})
	require.NotContains(t, seen, "cluster-identity")
	require.NotContains(t, seen, "cluster-identity-contributor")
	require.NotContains(t, seen["cluster-demo-control-plane-0"].inputs, resource.PropertyKey("identity"))
}

func TestOnlyMastersHaveTheIdentity(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	require.Contains(t, seen["cluster-demo-control-plane-0"].inputs, resource.PropertyKey("identity"))
	require.NotContains(t, seen["cluster-linuxpool1000"].inputs, resource.PropertyKey("identity"))
}

func TestFaultyDefinitionDeclaresNothing(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.MasterProfile.DNSPrefix = ""
	d.Properties.AgentPoolProfiles[0].Count = 0
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: d})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	var faults apimodel.Faults
	require.ErrorAs(t, err, &faults)
	require.GreaterOrEqual(t, len(faults), 2)
	require.Empty(t, r.seen)
}

func TestFaultyMirrorsDeclareNothing(t *testing.T) {
	t.Parallel()
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{
			Definition: hybrid(t), Mirrors: bootstrap.Mirrors{"github.com": "http://mirror.example.com", "docker.io": ""},
		})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	var faults apimodel.Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 2)
	require.Contains(t, faults[0].String(), "Args.Mirrors: docker.io has no mirror")
	require.Empty(t, r.seen)
}

// Mirrors change what machines run, which a running machine is not replaced for.
func TestRunningMachinesKeepTheirMirrors(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t), Mirrors: bootstrap.Mirrors{"docker.io": "mirror.example.com/hub"}})
	require.Equal(t, "mirror.example.com/hub", seen["cluster"].inputs["mirrors"].ObjectValue()["docker.io"].StringValue())
	for _, name := range []string{"cluster-demo-control-plane-0", "cluster-linuxpool1000", "cluster-windowspool2000"} {
		require.Contains(t, seen[name].request.GetIgnoreChanges(), "osProfile.customData", name)
	}
}

// A document that does not fit is found before anything is declared, so that a
// preview finds it.
func TestTooLargeDocumentsDeclareNothing(t *testing.T) {
	t.Parallel()
	// The bytes of one chain of hashes: text that does not compress.
	var noise strings.Builder
	for sum := sha256.Sum256(nil); noise.Len() < 47<<10; sum = sha256.Sum256(sum[:]) {
		noise.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	}
	d := hybrid(t)
	d.Properties.MasterProfile.CustomFiles = []apimodel.CustomFile{{Dest: "/etc/example/a", Content: noise.String()}}
	declare(t, &hybridcluster.Args{Definition: d})
	d.Properties.MasterProfile.CustomFiles = append(d.Properties.MasterProfile.CustomFiles,
		apimodel.CustomFile{Dest: "/etc/example/b", Content: reversed(noise.String())})
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: d})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	require.ErrorContains(t, err, `node "demo-control-plane-0"`)
	require.ErrorContains(t, err, "Azure takes 65535: use fewer or smaller files")
	require.Empty(t, r.seen)
}

func reversed(text string) string {
	bytes := []byte(text)
	slices.Reverse(bytes)
	return string(bytes)
}

func TestAPISourcesAlwaysIncludeTheNodes(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{
		Definition: hybrid(t), APIServerSourceCIDRs: []string{"198.51.100.0/24"}, SSHSourceCIDRs: []string{"198.51.100.7/32"},
	})
	require.Equal(t, []string{"203.0.113.9/32", "198.51.100.0/24"}, sources(seen["cluster-control-plane-allow-api-server"]))
	require.Equal(t, []string{"198.51.100.7/32"}, sources(seen["cluster-control-plane-allow-ssh"]))
}

// sources are the ranges that a security rule lets in.
func sources(rule registration) []string {
	var out []string
	for _, v := range rule.inputs["sourceAddressPrefixes"].ArrayValue() {
		out = append(out, v.StringValue())
	}
	return out
}

// A security group that lists rules keeps them when the list becomes empty, and one
// that lists some sends away those of others. So it lists none.
func TestSSHIsClosedByAnUpWithoutIt(t *testing.T) {
	t.Parallel()
	private := hybrid(t)
	private.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
		PrivateCluster: &apimodel.PrivateCluster{Enabled: new(true), JumpboxProfile: &apimodel.JumpboxProfile{Name: "jumpbox", VMSize: "Standard_D2s_v5"}},
	}}
	for _, d := range []*apimodel.Definition{hybrid(t), private} {
		open := declare(t, &hybridcluster.Args{Definition: d, SSHSourceCIDRs: []string{"198.51.100.7/32"}})
		closed := declare(t, &hybridcluster.Args{Definition: d})
		require.Contains(t, open, "cluster-control-plane-allow-ssh")
		require.Equal(t, d == private, open["cluster-jumpbox-allow-ssh"].token != "")
		for name, r := range closed {
			require.NotContains(t, name, "allow-ssh")
			if r.token == "azure-native:network:NetworkSecurityGroup" {
				require.NotContains(t, r.inputs, resource.PropertyKey("securityRules"), name)
				require.Equal(t, open[name].inputs, r.inputs, name)
			}
		}
	}
}

// A network that lists its subnets sends away those of others, and the peerings.
func TestTheNetworkKeepsWhatOthersAdd(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	require.NotContains(t, seen["cluster-vnet"].inputs, resource.PropertyKey("subnets"))
	for _, name := range []string{"control-plane", "nodes"} {
		subnet := seen["cluster-vnet-"+name]
		require.Equal(t, "azure-native:network:Subnet", subnet.token)
		require.Contains(t, subnet.inputs, resource.PropertyKey("networkSecurityGroup"))
	}
	require.Contains(t, strings.Join(seen["cluster-vnet-nodes"].request.GetDependencies(), " "), "::cluster-vnet-control-plane",
		"Azure takes one change of a network at a time")
}

// Nodes that may come from anywhere, or must find the API when a zone is lost, reach
// it inside of the network.
func TestNodesReachTheAPIInsideOfTheNetwork(t *testing.T) {
	t.Parallel()
	zoned := hybrid(t)
	zoned.Properties.MasterProfile.Count, zoned.Properties.MasterProfile.AvailabilityZones = 3, []string{"1", "2", "3"}
	for name, test := range map[string]struct {
		definition *apimodel.Definition
		address    string
		zones      int
	}{
		"a network of others": {inTheirNetwork(t), "10.9.1.15", 0},
		"masters in zones":    {zoned, "10.255.255.15", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := declare(t, &hybridcluster.Args{Definition: test.definition, APIServerSourceCIDRs: []string{"198.51.100.0/24"}})
			frontend := seen["cluster-api-internal"].inputs["frontendIPConfigurations"].ArrayValue()[0].ObjectValue()
			require.Equal(t, test.address, frontend["privateIPAddress"].StringValue())
			if test.zones > 0 {
				require.Len(t, frontend["zones"].ArrayValue(), test.zones)
				require.Len(t, seen["cluster-api-ip"].inputs["zones"].ArrayValue(), test.zones)
			}
			card := seen["cluster-demo-control-plane-0-nic"].inputs["ipConfigurations"].ArrayValue()[0].ObjectValue()
			require.Len(t, card["loadBalancerBackendAddressPools"].ArrayValue(), 2, "the public one and the internal one")
			documents := map[string]string{}
			for _, vm := range []string{"demo-control-plane-0", "linuxpool1000"} {
				takeCustomData(vm, plain(resource.NewObjectProperty(seen["cluster-"+vm].inputs)).(map[string]any), documents)
				require.Contains(t, documents[vm], "ENDPOINT_IP='"+test.address+"'")
			}
		})
	}
	require.NotContains(t, declare(t, &hybridcluster.Args{Definition: hybrid(t)}), "cluster-api-internal")
}

// SSH needs both a rule that lets it in and one that leads it to a machine.
func TestSSHLeadsToTheFirstMaster(t *testing.T) {
	t.Parallel()
	closed := declare(t, &hybridcluster.Args{Definition: hybrid(t)})
	require.NotContains(t, closed, "cluster-control-plane-allow-ssh", "SSH is closed by default")
	open := declare(t, &hybridcluster.Args{Definition: hybrid(t), SSHSourceCIDRs: []string{"198.51.100.7/32"}})
	rule := open["cluster-api"].inputs["inboundNatRules"].ArrayValue()[0].ObjectValue()
	require.InEpsilon(t, 22, rule["frontendPort"].NumberValue(), 0)
	card := open["cluster-demo-control-plane-0-nic"].inputs["ipConfigurations"].ArrayValue()[0].ObjectValue()
	id := card["loadBalancerInboundNatRules"].ArrayValue()[0].ObjectValue()["id"].StringValue()
	require.Equal(t, "cluster-api-id/inboundNatRules/ssh", id)
	require.Equal(t, closed["cluster-api"].inputs, open["cluster-api"].inputs, "opening SSH changes the security group alone")
}

// The cloud provider takes a Service's load balancer down, so its rights must
// outlive everything that goes through the Kubernetes provider.
func TestRightsOutliveTheServices(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: hybrid(t), ExistingResourceGroup: "shared"})
	var depends bool
	for _, urn := range seen["cluster-kubernetes"].request.GetDependencies() {
		depends = depends || strings.HasSuffix(urn, "::cluster-identity-contributor")
	}
	require.True(t, depends)
}

func TestAnIdentityOfAnotherSubscriptionIsRefused(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
		UserAssignedID: "/subscriptions/00000000-0000-0000-0000-0000000000f0/resourceGroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other",
	}}
	r := &recorder{seen: map[string]registration{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{Definition: d})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	require.ErrorContains(t, err, "userAssignedID: the identity other is in subscription 00000000-0000-0000-0000-0000000000f0")
	require.NotContains(t, names(r.seen), "cluster-linuxpool1000")
}
