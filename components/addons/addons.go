// Package addons installs what a bare kubeadm cluster with Linux and Windows
// nodes lacks: the cloud provider, the pod network and kube-proxy on Windows; and
// on demand what many clusters want: metrics, volumes, scaling, monitoring.
//
// Their order matters. Nodes register with two taints. The cloud node manager
// takes away node.cloudprovider.kubernetes.io/uninitialized, the pod network
// takes away node.kubernetes.io/not-ready, and only then can anything else be
// scheduled, the cloud controller manager and CoreDNS among it. So the pod
// network must never wait for the cloud controller manager. What is installed on
// demand waits for the pod network, and nothing waits for it.
//
// kubeadm itself installs CoreDNS, which waits in the same way. It tolerates the
// control plane's taint and selects Linux nodes, so it needs no help.
package addons

import (
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Token is the component's type.
const Token = "hybridcluster:index:Addons"

// Addons are installed and running when the component's children are created.
type Addons struct {
	pulumi.ResourceState

	// Core is what every cluster has: what to depend on for nodes that run pods and
	// Services that get addresses. It does not wait for the options.
	Core []pulumi.Resource
}

// Args says what the add-ons are told about the cluster.
type Args struct {
	// ClusterName is the name in the cloud provider; it also names the load
	// balancer of the Services.
	ClusterName string
	Release     apimodel.Release
	// PodCIDR and ServiceCIDR are the cluster's own networks.
	PodCIDR, ServiceCIDR string
	// Endpoint is an address of the API server that needs no DNS.
	Endpoint pulumi.StringInput
	// EndpointPort is its port.
	EndpointPort int
	// Location is the cluster's region in Azure.
	Location string
	// KubeProxyMode is kube-proxy's on Linux nodes; empty for its default.
	KubeProxyMode string
	// Masters is the number of control-plane nodes; 0 is taken for 1.
	Masters int
	// LinuxWorkers tells whether pods without tolerations find a Linux node.
	LinuxWorkers bool
	// Windows tells whether the cluster has Windows nodes.
	Windows bool
	// Options are the add-ons beyond those that every cluster has.
	Options Options
	// Provider is the cluster.
	Provider *kubernetes.Provider
	// Lifetime takes the add-ons with it when it is deleted.
	Lifetime pulumi.Resource
}

func (a Args) masters() int { return max(a.Masters, 1) }

// installer carries what the add-ons share while they are declared.
type installer struct {
	ctx  *pulumi.Context
	name string
	args Args
	self *Addons
}

// New installs the add-ons.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Addons, error) {
	a := &Addons{}
	inputs := pulumi.Map{
		"kubernetes":    pulumi.String(args.Release.Kubernetes),
		"cloudProvider": pulumi.String(args.Release.CloudProviderImage),
		"calico":        pulumi.String(args.Release.Calico),
		"podCidr":       pulumi.String(args.PodCIDR),
		"serviceCidr":   pulumi.String(args.ServiceCIDR),
		"windows":       pulumi.Bool(args.Windows),
	}
	if on := args.Options.names(); len(on) > 0 {
		inputs["options"] = pulumi.ToStringArray(on)
	}
	if err := ctx.RegisterComponentResourceV2(Token, name, inputs, a, opts...); err != nil {
		return nil, err
	}
	in := installer{ctx: ctx, name: name, args: args, self: a}
	nodes, err := in.core()
	if err != nil {
		return nil, err
	}
	if err := in.optional(nodes); err != nil {
		return nil, err
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}

// core installs what every cluster has, and returns what makes nodes Ready.
func (in installer) core() ([]pulumi.Resource, error) {
	manager, err := in.cloudNodeManager()
	if err != nil {
		return nil, err
	}
	network, err := in.calico()
	if err != nil {
		return nil, err
	}
	nodes := append([]pulumi.Resource{manager}, network.linux...)
	controller, err := in.cloudControllerManager(nodes)
	if err != nil {
		return nil, err
	}
	in.self.Core = append(slices.Clone(nodes), controller)
	if !in.args.Windows {
		return nodes, nil
	}
	proxy, err := in.kubeProxyWindows(network.windows...)
	if err != nil {
		return nil, err
	}
	in.self.Core = append(append(in.self.Core, network.windows...), proxy)
	return nodes, nil
}

func (in installer) options(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{
		pulumi.Parent(in.self),
		pulumi.Provider(in.args.Provider),
		pulumi.DeletedWith(in.args.Lifetime),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m", Update: "30m"}),
	}, opts...)
}
