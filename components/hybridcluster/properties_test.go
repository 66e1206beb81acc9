package hybridcluster_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// validDefinitions draws definitions that nothing is wrong with.
func validDefinitions() *rapid.Generator[*apimodel.Definition] {
	return rapid.Custom(func(t *rapid.T) *apimodel.Definition {
		d := &apimodel.Definition{APIVersion: apimodel.APIVersion, Location: "westeurope"}
		d.Properties.MasterProfile = drawMasters(t)
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,11}`), 1, 4, rapid.ID).Draw(t, "pools")
		for _, name := range names {
			d.Properties.AgentPoolProfiles = append(d.Properties.AgentPoolProfiles, drawPool(t, name))
		}
		if d.Properties.MasterProfile.Count == 1 {
			// Calico's typha has to have Linux nodes, also when another pool grows.
			d.Properties.AgentPoolProfiles[0].OSType = apimodel.Linux
			d.Properties.AgentPoolProfiles[0].Count += 2
		}
		d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
			LoadBalancerOutboundIPs: rapid.IntRange(0, 16).Draw(t, "outbound"),
			MaxPods:                 rapid.SampledFrom([]int{0, 30, 60}).Draw(t, "maxPods"),
		}}
		if rapid.Bool().Draw(t, "private") {
			d.Properties.OrchestratorProfile.KubernetesConfig.PrivateCluster = &apimodel.PrivateCluster{Enabled: new(true)}
		}
		return d
	})
}

func drawMasters(t *rapid.T) *apimodel.MasterProfile {
	m := &apimodel.MasterProfile{
		Count:     rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "masters"),
		DNSPrefix: rapid.StringMatching(`c[a-z0-9]{4,8}(-[a-z0-9]{1,8})?x`).Draw(t, "prefix"),
		VMSize:    "Standard_D2s_v5",
	}
	bits := rapid.IntRange(8, 22).Draw(t, "bits")
	network := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(rapid.IntRange(0, 255).Draw(t, "network")), 0, 0}), bits).Masked()
	if network.Bits() > 16 || rapid.Bool().Draw(t, "own network") {
		m.VnetCIDR = network.String()
	}
	if rapid.Bool().Draw(t, "zones") {
		m.AvailabilityZones = []string{"1", "2", "3"}
	}
	return m
}

func drawPool(t *rapid.T, name string) *apimodel.AgentPoolProfile {
	p := &apimodel.AgentPoolProfile{
		Name: name, Count: rapid.IntRange(1, 3).Draw(t, "count"),
		VMSize:              rapid.SampledFrom([]string{"Standard_D2s_v5", "Standard_D4s_v3", "Standard_D2_v3", "Standard_E4s_v5"}).Draw(t, "size"),
		OSType:              rapid.SampledFrom([]apimodel.OSType{apimodel.Linux, apimodel.Windows}).Draw(t, "system"),
		AvailabilityProfile: rapid.SampledFrom([]string{"", apimodel.AvailabilitySet, apimodel.ScaleSets}).Draw(t, "availability"),
	}
	if rapid.Bool().Draw(t, "labels") {
		p.CustomNodeLabels = map[string]string{"example.com/team": "a"}
		p.Taints = []string{"dedicated=a:NoSchedule"}
	}
	if rapid.Bool().Draw(t, "zones") {
		p.AvailabilityZones = []string{"1", "3"}
	}
	if rapid.Bool().Draw(t, "disks") {
		p.DiskSizesGB = []int{64, 128}
	}
	return p
}

// valid draws a definition and skips those whose node names meet, which the
// validation refuses.
func valid(t *rapid.T) *apimodel.Definition {
	d := validDefinitions().Draw(t, "definition")
	c := d.Clone()
	c.Default()
	if err := c.Validate(apimodel.Given{}).Err(); err != nil {
		if strings.Contains(err.Error(), "the name of") {
			t.SkipNow()
		}
		require.NoError(t, err)
	}
	return d
}

func TestTheSameDefinitionDeclaresTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := valid(t)
		first := declare(t, &hybridcluster.Args{Definition: d})
		slices.Reverse(d.Properties.AgentPoolProfiles)
		requireSame(t, first, declare(t, &hybridcluster.Args{Definition: d}), "")
	})
}

// requireSame compares declarations, but for those whose names hold a text.
func requireSame(t tester, before, after map[string]registration, but string) {
	t.Helper()
	of := func(seen map[string]registration) []string {
		return slices.DeleteFunc(names(seen), func(name string) bool { return but != "" && strings.Contains(name, but) })
	}
	require.Equal(t, of(before), of(after))
	for _, name := range of(before) {
		if but != "" && name == "cluster" {
			continue // it records the definition
		}
		require.Equal(t, before[name].inputs, after[name].inputs, name)
	}
}

func TestAChangedPoolTouchesOnlyItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := valid(t)
		before := declare(t, &hybridcluster.Args{Definition: d})
		i := rapid.IntRange(0, len(d.Properties.AgentPoolProfiles)-1).Draw(t, "pool")
		pool := d.Properties.AgentPoolProfiles[i]
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			pool.Count++
		case 1:
			pool.VMSize = "Standard_D8s_v5"
		case 2:
			pool.CustomNodeLabels = map[string]string{"example.com/changed": "yes"}
		}
		requireSame(t, before, declare(t, &hybridcluster.Args{Definition: d}), "cluster-"+pool.Name)
	})
}

// names of Azure's resources and computers:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
var azureNames = map[string]*regexp.Regexp{
	"azure-native:compute:VirtualMachine":               regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$`),
	"azure-native:compute:VirtualMachineScaleSet":       regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$`),
	"azure-native:compute:AvailabilitySet":              regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"azure-native:network:NetworkInterface":             regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"azure-native:network:VirtualNetwork":               regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$`),
	"azure-native:network:PublicIPAddress":              regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"azure-native:managedidentity:UserAssignedIdentity": regexp.MustCompile(`^[a-z0-9][a-z0-9-]{2,127}$`),
	"azure-native:network:NetworkSecurityGroup":         regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"azure-native:network:LoadBalancer":                 regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"azure-native:network:NatGateway":                   regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,78}[a-z0-9]$`),
	"windows computer":                                  regexp.MustCompile(`^[a-z][a-z0-9-]{0,14}$`),
	"windows computers of a scale set":                  regexp.MustCompile(`^[a-z][a-z0-9]{0,8}$`),
}

// nameInput is the input that names a resource.
var nameInput = map[string]resource.PropertyKey{
	"azure-native:compute:VirtualMachine": "vmName", "azure-native:compute:VirtualMachineScaleSet": "vmScaleSetName",
	"azure-native:compute:AvailabilitySet": "availabilitySetName", "azure-native:network:NetworkInterface": "networkInterfaceName",
	"azure-native:network:VirtualNetwork": "virtualNetworkName", "azure-native:network:PublicIPAddress": "publicIpAddressName",
	"azure-native:managedidentity:UserAssignedIdentity": "resourceName", "azure-native:network:NetworkSecurityGroup": "networkSecurityGroupName",
	"azure-native:network:LoadBalancer": "loadBalancerName", "azure-native:network:NatGateway": "natGatewayName",
}

func TestNamesAreUniqueAndWithinAzuresLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := valid(t)
		taken := map[string]string{}
		take := func(kind, name, by string) {
			rule, ok := azureNames[kind]
			require.True(t, ok, kind)
			require.Regexp(t, rule, name, "%s of %s", kind, by)
			key := kind + " " + name
			require.Empty(t, taken[key], "%s is the name of %s and %s", name, taken[key], by)
			taken[key] = by
		}
		for name, r := range declare(t, &hybridcluster.Args{Definition: d}) {
			input, ok := nameInput[r.token]
			if !ok {
				continue
			}
			take(r.token, r.inputs[input].StringValue(), name)
			windows := plain(resource.NewObjectProperty(r.inputs)).(map[string]any)
			if profile, ok := windows["osProfile"].(map[string]any); ok && profile["windowsConfiguration"] != nil {
				take("windows computer", profile["computerName"].(string), name)
			}
			if set, ok := windows["virtualMachineProfile"].(map[string]any); ok {
				profile := set["osProfile"].(map[string]any)
				if profile["windowsConfiguration"] != nil {
					take("windows computers of a scale set", profile["computerNamePrefix"].(string), name)
				}
			}
		}
		defaulted := d.Clone()
		defaulted.Default()
		nodes := map[string]bool{}
		for _, n := range defaulted.Nodes() {
			require.False(t, nodes[n.Name], "two nodes are named %s", n.Name)
			nodes[n.Name] = true
		}
	})
}

func TestAddressesAreUniqueAndInsideTheirSubnets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := valid(t)
		d.Default()
		plan := d.AddressPlan()
		vnet, masters, nodes := netip.MustParsePrefix(plan.Vnet), netip.MustParsePrefix(plan.ControlPlaneSubnet), netip.MustParsePrefix(plan.NodeSubnet)
		pods, services := netip.MustParsePrefix(plan.Pods), netip.MustParsePrefix(plan.Services)
		for _, inner := range []netip.Prefix{masters, nodes} {
			require.True(t, vnet.Contains(inner.Addr()) && inner.Bits() >= vnet.Bits(), "%s is not in %s", inner, vnet)
		}
		apart := []netip.Prefix{masters, nodes, pods, services}
		for i, a := range apart {
			for _, b := range apart[i+1:] {
				require.False(t, a.Overlaps(b), "%s overlaps %s", a, b)
			}
		}
		require.True(t, services.Contains(netip.MustParseAddr(plan.DNSServiceIP)))
		fixed := plan.MasterIPs
		if plan.APIServerIP != "" {
			fixed = append(slices.Clone(fixed), plan.APIServerIP)
		}
		require.Len(t, plan.MasterIPs, d.Properties.MasterProfile.Count)
		seen := map[string]bool{}
		for _, text := range fixed {
			require.False(t, seen[text], "%s is given twice", text)
			seen[text] = true
			address := netip.MustParseAddr(text)
			require.True(t, masters.Contains(address), "%s is not in %s", address, masters)
			// Azure keeps the first four and the last.
			first := masters.Addr()
			for range 4 {
				require.NotEqual(t, first, address)
				first = first.Next()
			}
			require.True(t, masters.Contains(address.Next()), "%s is the last of %s", address, masters)
		}
		total := 0
		for _, p := range d.Properties.AgentPoolProfiles {
			total += p.Count
		}
		require.LessOrEqual(t, total, 1<<(32-nodes.Bits())-5, fmt.Sprint(nodes))
	})
}
