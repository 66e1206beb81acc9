package apimodel

import "strings"

// ResourceCount counts the Azure resources that the component declares, by its
// parts. What lives inside the cluster, certificates and passwords are none.
type ResourceCount struct {
	// Group is the resource group.
	Group int `json:"group"`
	// Identity is the managed identities and their rights.
	Identity int `json:"identity"`
	// Network is the virtual network with its subnets, the security groups with their
	// rules, the NAT gateway and its public addresses.
	Network int `json:"network"`
	// LoadBalancer is the API server's, the public one with its address and the
	// internal one.
	LoadBalancer int `json:"loadBalancer"`
	// ControlPlane is the masters and their availability set.
	ControlPlane int `json:"controlPlane"`
	// Jumpbox is the way into a private cluster.
	Jumpbox int `json:"jumpbox"`
	// Pools is the agent pools.
	Pools int `json:"pools"`
	// Monitoring is the Log Analytics workspace, its solution and a role in it.
	Monitoring int `json:"monitoring"`
}

// Total is the number of all resources.
func (r ResourceCount) Total() int {
	return r.Group + r.Identity + r.Network + r.LoadBalancer + r.ControlPlane + r.Jumpbox + r.Pools + r.Monitoring
}

// perMachine are a machine's network interface, the machine and its extension.
const perMachine = 3

// ResourceCount counts what will be declared for the definition, which must be
// defaulted and valid. The program declares the resources and nothing here does:
// a test there holds this against it.
func (d *Definition) ResourceCount(o SummaryOptions) ResourceCount {
	var r ResourceCount
	if !o.ExistingResourceGroup {
		r.Group = 1
	}
	if d.declaresIdentity() {
		r.Identity = 2 // and its role assignment
		if d.HasExistingSubnets() && !d.usesPrincipal() {
			r.Identity++ // and its role in somebody else's network
		}
	}
	if pull := d.PullRegistries(); pull != nil && pull.UserAssignedID == "" {
		r.Identity += 1 + len(pull.IDs()) // and its role at each registry
	}
	r.Network = 2 // the security groups
	if !d.IsPrivate() {
		r.Network++ // the rule that opens the API server
	}
	if o.SSH && (!d.IsPrivate() || d.Jumpbox() != nil) {
		r.Network++ // and SSH
	}
	if !d.HasExistingSubnets() {
		// The virtual network, its two subnets and the NAT gateway.
		r.Network += 4 + d.Properties.OrchestratorProfile.KubernetesConfig.LoadBalancerOutboundIPs
	}
	if d.HasInternalBalancer() {
		r.LoadBalancer++
	}
	if !d.IsPrivate() {
		r.LoadBalancer += 2 // with its public address
	}
	if m := d.Properties.MasterProfile; m != nil {
		r.ControlPlane = m.resources(m.Count)
	}
	if d.Jumpbox() != nil {
		r.Jumpbox = 4 // the machine, its interface, its address and its security group
		if o.SSH {
			r.Jumpbox++ // and a rule in it
		}
	}
	for _, p := range d.sortedPools() {
		if p.IsScaleSet() {
			r.Pools++
			continue
		}
		r.Pools += p.resources(p.Count)
	}
	r.Monitoring = d.monitoringResources()
	return r
}

// monitoringResources: a workspace that is there is left as it is, unless the
// definition says otherwise.
func (d *Definition) monitoringResources() int {
	m := d.ContainerMonitoring()
	if m == nil || !m.Onboard {
		return 0
	}
	sum := 1 // the solution
	if m.WorkspaceID == "" {
		sum++ // and the workspace
	}
	if d.declaresIdentity() && !d.usesPrincipal() {
		sum++ // and the identity's role
	}
	return sum
}

// resources are those of single machines, and their availability set where they
// have no zones.
func (m *MachineProfile) resources(count int) int {
	sum := perMachine * count
	if len(m.AvailabilityZones) == 0 {
		sum++
	}
	return sum
}

// usesPrincipal tells whether the cloud provider logs in as a service principal.
func (d *Definition) usesPrincipal() bool {
	p := d.Properties.ServicePrincipalProfile
	managed := d.Properties.OrchestratorProfile.KubernetesConfig.UseManagedIdentity
	return p != nil && p.ClientID != "" && (managed == nil || !*managed)
}

// declaresIdentity tells whether the masters get an identity that is made for
// them: the cloud provider's own, or one that reads its secret from a vault.
func (d *Definition) declaresIdentity() bool {
	if d.usesPrincipal() {
		return d.Properties.ServicePrincipalProfile.KeyvaultSecretRef != nil
	}
	return !d.hasExistingIdentity()
}

// hasExistingIdentity: a resource id names an identity that is there, a bare name
// one to be made.
func (d *Definition) hasExistingIdentity() bool {
	return strings.Contains(d.Properties.OrchestratorProfile.KubernetesConfig.UserAssignedID, "/")
}

// callsPerResource: the provider looks whether a resource is there before it
// makes it, so that it never takes over one of somebody else.
// https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/azure/client_azcore.go
const callsPerResource = 2

// apiCalls is the least number of requests to Azure Resource Manager.
func (d *Definition) apiCalls(o SummaryOptions) int {
	calls := callsPerResource * d.ResourceCount(o).Total()
	if o.ExistingResourceGroup {
		calls++
	}
	if !d.usesPrincipal() && d.hasExistingIdentity() {
		calls++
	}
	if r := d.PullRegistries(); r != nil && r.UserAssignedID != "" {
		calls++
	}
	return calls
}
