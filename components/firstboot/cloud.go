package firstboot

import (
	"fmt"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// NodeSubnet is the name of the workers' subnet, where the definition brings none.
const NodeSubnet = "nodes"

// Azure is what a master is told about Azure and only the resources know.
type Azure struct {
	TenantID, SubscriptionID, ResourceGroup    string
	VnetName, VnetResourceGroup, SecurityGroup string
	// IdentityClientID is the masters' identity; empty without one. ClientID and
	// ClientSecret are the service principal; the secret is a secret, and empty
	// where it lies in a key vault.
	IdentityClientID, ClientID, ClientSecret string
	// SecretRef says where the masters read the secret, with their identity; nil
	// where it is known.
	SecretRef *apimodel.KeyvaultSecretRef
}

// cloudConfig is what the cloud provider is told; only masters run it.
func (c Cluster) cloudConfig(a Azure) bootstrap.CloudConfig {
	d := c.Definition
	config := bootstrap.CloudConfig{
		TenantID: a.TenantID, SubscriptionID: a.SubscriptionID, ResourceGroup: a.ResourceGroup, Location: d.Location,
		VnetName: a.VnetName, VnetResourceGroup: a.VnetResourceGroup, SubnetName: nodeSubnetName(d),
		SecurityGroupName: a.SecurityGroup, LoadBalancerName: Prefix(d),
		PrimaryAvailabilitySet: primaryAvailabilitySet(d),
		PrimaryScaleSet:        primaryScaleSet(d),
		IdentityClientID:       a.IdentityClientID, ClientID: a.ClientID, ClientSecret: a.ClientSecret,
	}
	config.ScaleSets = config.PrimaryScaleSet != ""
	if ref := a.SecretRef; ref != nil {
		// The identity is there to read the secret, not to act as the cloud provider.
		config.ClientSecretRef = &bootstrap.KeyVaultSecret{
			VaultURL: ref.VaultURL(), Name: ref.SecretName, Version: ref.Version, IdentityClientID: config.IdentityClientID,
		}
		config.IdentityClientID = ""
	}
	return config
}

// ServicePrincipal is the definition's, where the cloud provider acts as one;
// else nil, and it acts as a managed identity.
func ServicePrincipal(d *apimodel.Definition) *apimodel.ServicePrincipalProfile {
	profile := d.Properties.ServicePrincipalProfile
	if isTrue(d.Properties.OrchestratorProfile.KubernetesConfig.UseManagedIdentity) || profile == nil || profile.ClientID == "" {
		return nil
	}
	return profile
}

// ScaleSetName is the Azure name of a pool's scale set.
func ScaleSetName(d *apimodel.Definition, pool *apimodel.AgentPoolProfile) string {
	return fmt.Sprintf("%s-%s", Prefix(d), pool.Name)
}

// AvailabilitySetSuffix is what follows the prefix in the name of a pool's
// availability set.
func AvailabilitySetSuffix(pool *apimodel.AgentPoolProfile) string { return pool.Name + "-as" }

// nodeSubnetName is the subnet in which the cloud provider gives internal load
// balancers their addresses: that of the first pool by name, so that the order of
// pools means nothing.
func nodeSubnetName(d *apimodel.Definition) string {
	if !d.HasExistingSubnets() {
		return NodeSubnet
	}
	subnet, err := apimodel.ParseSubnetID(BalancerSubnetID(d))
	if err != nil {
		return "" // the definition's validation refuses it
	}
	return subnet.Subnet
}

// BalancerSubnetID is the id of that subnet, where the subnets were there before.
func BalancerSubnetID(d *apimodel.Definition) string {
	if pool := firstPool(d, func(*apimodel.AgentPoolProfile) bool { return true }); pool != nil {
		return d.NodeSubnetID(pool)
	}
	return d.Properties.MasterProfile.VnetSubnetID
}

// firstPool is the first pool by name of those that are wanted, so that the order
// of pools means nothing; nil for none.
func firstPool(d *apimodel.Definition, wanted func(*apimodel.AgentPoolProfile) bool) *apimodel.AgentPoolProfile {
	var first *apimodel.AgentPoolProfile
	for _, p := range d.Properties.AgentPoolProfiles {
		if wanted(p) && (first == nil || p.Name < first.Name) {
			first = p
		}
	}
	return first
}

// primaryAvailabilitySet is that of the first pool which has one.
func primaryAvailabilitySet(d *apimodel.Definition) string {
	pool := firstPool(d, func(p *apimodel.AgentPoolProfile) bool { return !p.IsScaleSet() && len(p.AvailabilityZones) == 0 })
	if pool == nil {
		return ""
	}
	return Prefix(d) + "-" + AvailabilitySetSuffix(pool)
}

// primaryScaleSet is the first scale set.
func primaryScaleSet(d *apimodel.Definition) string {
	pool := firstPool(d, (*apimodel.AgentPoolProfile).IsScaleSet)
	if pool == nil {
		return ""
	}
	return ScaleSetName(d, pool)
}
