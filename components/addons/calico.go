package addons

import (
	"encoding/json"
	"strconv"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	calicoChart      = "tigera-operator"
	calicoRepository = "https://docs.tigera.io/calico/charts"
	// wireServer is Azure's metadata and key service, which pods must not reach:
	// https://msrc.microsoft.com/update-guide/vulnerability/CVE-2021-27075
	wireServer = "168.63.129.16/32"
)

// calico installs the pod network: VXLAN, so that Azure needs no routes and no
// secondary addresses, through the operator, which runs it on both kinds of node.
func (in installer) calico() ([]pulumi.Resource, error) {
	namespace, err := in.calicoNamespace()
	if err != nil {
		return nil, err
	}
	release, err := in.install(chart{calicoChart, in.args.Release.Calico, calicoRepository}, "calico", "tigera-operator",
		in.calicoValues(), pulumi.DependsOn(namespace))
	if err != nil || !in.args.Windows {
		return []pulumi.Resource{release}, err
	}
	// Windows cannot borrow addresses from another node's block:
	// https://docs.tigera.io/calico/latest/getting-started/kubernetes/windows-calico/
	ipam, err := apiextensions.NewCustomResource(in.ctx, in.name+"-calico-ipam", &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("crd.projectcalico.org/v1"),
		Kind:       pulumi.String("IPAMConfig"),
		Metadata:   metav1.ObjectMetaArgs{Name: pulumi.String("default")},
		OtherFields: map[string]any{
			"spec": map[string]any{"autoAllocateBlocks": true, "strictAffinity": true},
		},
	}, in.options(pulumi.DependsOn([]pulumi.Resource{release}))...)
	return []pulumi.Resource{release, ipam}, err
}

// calicoValues are the chart's values. What is switched off is not needed by a
// cluster that lives an hour: the aggregated API, the flow log and its page.
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
	if in.args.Windows {
		network["windowsDataplane"] = pulumi.String("HNS")
	}
	off := pulumi.Map{"enabled": pulumi.Bool(false)}
	return pulumi.Map{
		"installation": installation,
		"apiServer":    off,
		"goldmane":     off,
		"whisker":      off,
		// The API server by address: the network is what makes the cluster's DNS
		// work, and on Windows a host process cannot use the Service's address.
		"kubernetesServiceEndpoint": pulumi.Map{
			"host": in.args.Endpoint,
			"port": pulumi.String(strconv.Itoa(in.args.EndpointPort)),
		},
	}
}

// calicoNamespace makes the operator's namespace for Calico ahead of it, so that
// the rule that keeps Windows pods from Azure's WireServer is there first. Linux
// nodes have that rule from their bootstrap.
func (in installer) calicoNamespace() ([]pulumi.Resource, error) {
	if !in.args.Windows {
		return nil, nil
	}
	namespace, err := corev1.NewNamespace(in.ctx, in.name+"-calico-system", &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("calico-system")},
	}, in.options(pulumi.IgnoreChanges([]string{"metadata.labels", "metadata.annotations"}))...)
	if err != nil {
		return nil, err
	}
	rules, err := wireServerRules()
	if err != nil {
		return nil, err
	}
	config, err := corev1.NewConfigMap(in.ctx, in.name+"-calico-static-rules", &corev1.ConfigMapArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String("calico-static-rules"),
			Namespace: namespace.Metadata.Name().Elem(),
			Labels:    pulumi.StringMap{"tier": pulumi.String("node"), "app": pulumi.String("calico")},
		},
		Data: pulumi.StringMap{"static-rules.json": pulumi.String(rules)},
	}, in.options()...)
	return []pulumi.Resource{namespace, config}, err
}

// wireServerRules is the ACL in the form that Calico's Windows CNI plugin reads.
func wireServerRules() (string, error) {
	type acl struct {
		ID              string `json:"Id"`
		Type            string
		Protocol        int
		Action          string
		Direction       string
		RemoteAddresses string
		RemotePorts     string
		Priority        int
		RuleType        string
	}
	type rule struct {
		Name string
		Rule acl
	}
	document := struct {
		Provider string
		Version  string
		Rules    []rule
	}{
		Provider: "azure", Version: "0.1",
		Rules: []rule{{Name: "EndpointPolicy", Rule: acl{
			ID: "wireserver", Type: "ACL", Protocol: 6, Action: "Block", Direction: "Out",
			RemoteAddresses: wireServer, RemotePorts: "80", Priority: 200, RuleType: "Switch",
		}}},
	}
	data, err := json.MarshalIndent(document, "", "  ")
	return string(data), err
}
