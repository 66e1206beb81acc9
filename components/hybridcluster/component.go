// Package hybridcluster is the HybridCluster component: a self-managed
// Kubernetes cluster with Linux and Windows nodes on Azure, declared resource
// by resource from a cluster definition.
//
// The path through the package is the path of a cluster: New, then the resource
// group, identity, PKI, network, load balancer, control plane, pools, and last
// the kubeconfig and the Kubernetes provider.
package hybridcluster

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// Token is the component's type. It never changes: it is part of every child's URN.
const Token = "hybridcluster:index:HybridCluster"

// HybridCluster is a cluster that is up: its nodes have joined when its children
// are created.
type HybridCluster struct {
	pulumi.ResourceState

	// Kubeconfig gives cluster-admin access. It is a secret.
	Kubeconfig pulumi.StringOutput `pulumi:"kubeconfig"`
	// APIServer is the API server's URL.
	APIServer pulumi.StringOutput `pulumi:"apiServer"`
	// ResourceGroupName is the resource group that holds everything.
	ResourceGroupName pulumi.StringOutput `pulumi:"resourceGroupName"`
	// SSHPublicKey may log in on Linux nodes, and on Windows nodes with OpenSSH.
	SSHPublicKey pulumi.StringOutput `pulumi:"sshPublicKey"`
	// SSHPrivateKey is the key that was generated, a secret; empty where the key
	// was given.
	SSHPrivateKey pulumi.StringOutput `pulumi:"sshPrivateKey"`
	// GeneratedSSHKey tells whether SSHPrivateKey was generated here.
	GeneratedSSHKey bool
	// SSH says how SSH reaches the machines and what they prove themselves with,
	// in the form of package sshaccess. It holds public keys only.
	SSH pulumi.MapOutput `pulumi:"ssh"`
	// WindowsAdminPassword is a secret; empty without Windows pools.
	WindowsAdminPassword pulumi.StringOutput `pulumi:"windowsAdminPassword"`

	// KubernetesEndpoint is an address of the API server that needs no DNS, for
	// what runs before the cluster's DNS does.
	KubernetesEndpoint pulumi.StringOutput
	// Provider applies Kubernetes objects to the cluster, once its control
	// plane is up.
	Provider *kubernetes.Provider
	// Lifetime is the resource that takes everything inside the cluster with it
	// when it goes: the resource group, or the control plane in a resource
	// group that is not ours.
	Lifetime pulumi.Resource
	// CloudLogin is how what runs on control-plane nodes logs in to Azure.
	CloudLogin CloudLogin
	// Logs is the workspace of the add-on container-monitoring; nil without it.
	Logs *LogWorkspace
	// OwnsResourceGroup tells whether the resource group was created here.
	OwnsResourceGroup bool
	// WindowsNodes are the resources to depend on for Windows nodes that joined.
	WindowsNodes []pulumi.Resource
}

// CloudLogin is how a program on a control-plane node logs in to Azure, with the
// rights of the cloud provider.
type CloudLogin struct {
	TenantID, SubscriptionID pulumi.StringOutput
	// IdentityClientID is the managed identity's client id; nil with a service
	// principal.
	IdentityClientID pulumi.StringInput
	// ClientID and ClientSecret are the service principal's; nil without one. The
	// secret is empty where it lies in a key vault.
	ClientID, ClientSecret pulumi.StringInput
}

// Args describes a cluster.
type Args struct {
	// Definition is the cluster definition, with defaults filled in or not. New
	// does not change it.
	Definition *apimodel.Definition

	// ResourceGroup is the name of the resource group to create. The default is
	// the definition's dnsPrefix.
	ResourceGroup string
	// ExistingResourceGroup is the name of a resource group that is there
	// already. It is never deleted. Not together with ResourceGroup.
	ExistingResourceGroup string

	// SSHPublicKey, WindowsAdminPassword and ServicePrincipal win over the
	// definition. A key or password that neither gives is generated.
	SSHPublicKey         pulumi.StringInput
	WindowsAdminPassword pulumi.StringInput
	ServicePrincipal     *ServicePrincipal

	// SSHSourceCIDRs may reach port 22 of the control plane. Nobody may by default.
	SSHSourceCIDRs []string
	// APIServerSourceCIDRs may reach the API server. Everybody may by default:
	// it authenticates with mutual TLS. The cluster's own egress address is
	// always added.
	APIServerSourceCIDRs []string

	// Mirrors are where nodes fetch from in place of the publishers, at their first
	// boot and ever after. Running nodes keep theirs.
	Mirrors bootstrap.Mirrors

	// Tags are put on every resource that takes tags.
	Tags map[string]string
	// GroupTags are put on the resource group alone, over Tags, where it is
	// created here. They are no part of what the component records, so that a
	// change of them shows as the group's alone.
	GroupTags map[string]string
}

// ServicePrincipal is an Azure AD application that the cloud provider logs in as.
type ServicePrincipal struct {
	ClientID pulumi.StringInput
	// Secret is treated as a secret whatever it is.
	Secret pulumi.StringInput
}

// New declares a cluster. The error is an [apimodel.Faults] when the definition
// is at fault; then nothing has been declared.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*HybridCluster, error) {
	d, err := args.resolve()
	if err != nil {
		return nil, err
	}
	c := &HybridCluster{OwnsResourceGroup: args.ExistingResourceGroup == ""}
	b := newBuilder(ctx, name, c, d, args)
	if err := b.checkDocuments(); err != nil {
		return nil, err
	}
	inputs, err := componentInputs(d, args)
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResourceV2(Token, name, inputs, c, opts...); err != nil {
		return nil, fmt.Errorf("register component %s: %w", name, err)
	}
	if err := b.build(); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"kubeconfig":           c.Kubeconfig,
		"apiServer":            c.APIServer,
		"resourceGroupName":    c.ResourceGroupName,
		"sshPublicKey":         c.SSHPublicKey,
		"sshPrivateKey":        c.SSHPrivateKey,
		"ssh":                  c.SSH,
		"windowsAdminPassword": c.WindowsAdminPassword,
	})
}

// resolve checks the arguments and returns a defaulted, valid copy of the definition.
func (a *Args) resolve() (*apimodel.Definition, error) {
	if a == nil || a.Definition == nil {
		return nil, errors.New("a cluster needs a definition: set Args.Definition")
	}
	if a.ResourceGroup != "" && a.ExistingResourceGroup != "" {
		return nil, errors.New("set either ResourceGroup (to create one) or ExistingResourceGroup, not both")
	}
	d := a.Definition.Clone()
	d.Default()
	report := d.Validate(apimodel.Given{
		SSHPublicKey:         a.SSHPublicKey != nil,
		WindowsAdminPassword: a.WindowsAdminPassword != nil,
		ServicePrincipal:     a.ServicePrincipal != nil,
	})
	report.Faults = append(report.Faults, a.Mirrors.Faults("Args.Mirrors")...)
	return d, report.Err()
}
