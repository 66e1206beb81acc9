package addons

import (
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	calicoChart      = "tigera-operator"
	calicoRepository = "https://docs.tigera.io/calico/charts"
)

// podNetwork is what the pod network consists of.
type podNetwork struct {
	// linux is what Linux nodes, and with them most pods, wait for.
	linux []pulumi.Resource
	// windows is what Windows nodes wait for besides; empty without any.
	windows []pulumi.Resource
}

// calico installs the pod network: VXLAN, so that Azure needs no routes and no
// secondary addresses, through the operator, which runs it on both kinds of node.
//
// Namespace calico-system is the operator's. It is not declared here: what is
// declared is deleted one day, and everything in it as well.
func (in installer) calico() (podNetwork, error) {
	release, err := in.install(chart{calicoChart, in.args.Release.Calico, calicoRepository}, "calico", "tigera-operator", in.calicoValues())
	if err != nil {
		return podNetwork{}, err
	}
	ipam, err := in.strictAffinity(release)
	if err != nil {
		return podNetwork{}, err
	}
	status, err := in.operatorStatus("calico", release, ipam)
	if err != nil || !in.args.Windows {
		return podNetwork{linux: []pulumi.Resource{release, ipam, status}}, err
	}
	network := podNetwork{linux: []pulumi.Resource{release, ipam, status}}
	for _, component := range []string{"apiserver", "calico-windows"} {
		status, err := in.operatorStatus(component, release, ipam)
		if err != nil {
			return podNetwork{}, err
		}
		network.windows = append(network.windows, status)
	}
	closed, err := in.closeAzureServices(release)
	network.windows = append(network.windows, closed...)
	return network, err
}

// calicoValues are the chart's values. The flow log and its page are off: nothing
// here needs them.
func (in installer) calicoValues() pulumi.Map {
	network := pulumi.Map{
		"bgp": pulumi.String("Disabled"),
		"mtu": pulumi.Int(1350),
		"ipPools": pulumi.Array{pulumi.Map{
			"cidr":          pulumi.String(in.args.PodCIDR),
			"encapsulation": pulumi.String("VXLAN"),
			"natOutgoing":   pulumi.String("Enabled"),
			"nodeSelector":  pulumi.String("all()"),
		}},
	}
	installation := pulumi.Map{
		"cni": pulumi.Map{
			"type": pulumi.String("Calico"),
			"ipam": pulumi.Map{"type": pulumi.String("Calico")},
		},
		"calicoNetwork": network,
		// Windows host processes need the range written out.
		"serviceCIDRs": pulumi.ToStringArray([]string{in.args.ServiceCIDR}),
	}
	if in.args.KubeProxyMode == "nftables" {
		// The two must agree on who has which rules, and the operator's own default is
		// the other one: https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables
		network["linuxDataplane"] = pulumi.String("Nftables")
	}
	if in.args.Windows {
		network["windowsDataplane"] = pulumi.String("HNS")
		installation["windowsNodes"] = windowsNodes()
	}
	off := pulumi.Map{"enabled": pulumi.Bool(false)}
	return pulumi.Map{
		"installation": installation,
		// The operator renders nothing for Windows before it can watch IPAMConfiguration
		// of projectcalico.org/v3, which only Calico's own API server serves:
		// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/windows_controller.go
		"apiServer": pulumi.Map{"enabled": pulumi.Bool(in.args.Windows)},
		"goldmane":  off,
		"whisker":   off,
		// The API server by address: the network is what makes the cluster's DNS
		// work, and on Windows a host process cannot use the Service's address.
		"kubernetesServiceEndpoint": pulumi.Map{
			"host": in.args.Endpoint,
			"port": pulumi.String(strconv.Itoa(in.args.EndpointPort)),
		},
	}
}

// windowsNodes are the operator's own defaults. It writes them into the
// Installation, and refuses the whole of it if they are still there once Windows is
// off again. Helm takes away only what a chart had said, so it has to say it:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/validation.go
func windowsNodes() pulumi.Map {
	return pulumi.Map{
		"cniBinDir":    pulumi.String("/opt/cni/bin"),
		"cniConfigDir": pulumi.String("/etc/cni/net.d"),
		"cniLogDir":    pulumi.String("/var/log/calico/cni"),
	}
}

// strictAffinity keeps nodes from borrowing addresses of each other's blocks, which
// Windows nodes cannot. It is so in every cluster from the first day, for one that
// gets its first Windows pool later has borrowed by then:
// https://docs.tigera.io/calico/latest/getting-started/kubernetes/windows-calico/
//
// Calico makes the object at its first call unless it is there, so it is patched.
// Both fields are required, so the patch can never be taken back.
func (in installer) strictAffinity(release pulumi.Resource) (pulumi.Resource, error) {
	return apiextensions.NewCustomResourcePatch(in.ctx, in.name+"-calico-ipam", &apiextensions.CustomResourcePatchArgs{
		ApiVersion:  pulumi.String(calicoVersion),
		Kind:        pulumi.String("IPAMConfig"),
		Metadata:    patched("default", nil),
		OtherFields: map[string]any{"spec": map[string]any{"autoAllocateBlocks": true, "strictAffinity": true}},
	}, in.options(pulumi.DependsOn([]pulumi.Resource{release}), pulumi.RetainOnDelete(true))...)
}

// operatorStatus waits until the operator says that a component is available. The
// Installation does not tell: it is Ready while nothing at all runs on Windows. The
// object is the operator's, and the patch only says what to wait for:
// https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-await-logic/
//
// The provider watches all objects of the kind at once. So it may see the condition in
// what the object was before the patch, and keep that: without the annotations, which the
// next up would then change.
// https://github.com/pulumi/pulumi-kubernetes/blob/f47bc2d6f199/provider/pkg/await/await.go
func (in installer) operatorStatus(component string, after ...pulumi.Resource) (pulumi.Resource, error) {
	return apiextensions.NewCustomResourcePatch(in.ctx, in.name+"-"+component+"-status", &apiextensions.CustomResourcePatchArgs{
		ApiVersion: pulumi.String("operator.tigera.io/v1"),
		Kind:       pulumi.String("TigeraStatus"),
		Metadata:   patched(component, pulumi.StringMap{"pulumi.com/waitFor": pulumi.String("condition=Available")}),
	}, in.options(pulumi.DependsOn(after), pulumi.RetainOnDelete(true), pulumi.IgnoreChanges([]string{"metadata.annotations"}))...)
}

// patched is the metadata of a patch that takes over the fields it sets.
func patched(name string, annotations pulumi.StringMap) metav1.ObjectMetaArgs {
	all := pulumi.StringMap{"pulumi.com/patchForce": pulumi.String("true")}
	maps.Copy(all, annotations)
	return metav1.ObjectMetaArgs{Name: pulumi.String(name), Annotations: all}
}
