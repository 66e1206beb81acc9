package addons

import (
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// calicoVersion is the API that Calico's agents read. They need no API server of
	// Calico's for it, so what is written in it holds from the first pod on.
	calicoVersion = "crd.projectcalico.org/v1"
	// azureTier holds the policy. Tiers without an order come after those with one;
	// Kubernetes' NetworkPolicies are in tier default, whose order is 1000000:
	// https://docs.tigera.io/calico/latest/reference/resources/tier
	azureTier      = "azure-services"
	azureTierOrder = 10
	// wireServer is Azure's service for machines, which hands out the settings of
	// their extensions: https://msrc.microsoft.com/update-guide/vulnerability/CVE-2021-27075
	wireServer = "168.63.129.16/32"
	// metadataService gives a machine's identity to whoever asks:
	// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
	metadataService = "169.254.169.254/32"
)

// closeAzureServices keeps pods off the services that Azure has for machines. Pods
// on the host's network, HostProcess containers among them, are no endpoints of
// Calico's and are not held. On Linux nodes the bootstrap has rules of its own for
// the same, which do not need Calico.
//
// Only what is denied is said: what the tier does not match passes on, to the
// NetworkPolicies of users. DNS of 168.63.129.16 stays open.
func (in installer) closeAzureServices(release pulumi.Resource) ([]pulumi.Resource, error) {
	tier, err := in.calicoResource("azure-services-tier", "Tier", metav1.ObjectMetaArgs{Name: pulumi.String(azureTier)},
		map[string]any{"order": azureTierOrder, "defaultAction": "Pass"}, release)
	if err != nil {
		return nil, err
	}
	// Calico finds the policies of a tier by name and label:
	// https://github.com/projectcalico/calico/blob/v3.31.7/libcalico-go/lib/backend/k8s/resources/customresource.go
	policy, err := in.calicoResource("azure-services-policy", "GlobalNetworkPolicy", metav1.ObjectMetaArgs{
		Name:   pulumi.String(azureTier + ".pods"),
		Labels: pulumi.StringMap{"projectcalico.org/tier": pulumi.String(azureTier)},
	}, azureServicesPolicy(), tier)
	return []pulumi.Resource{tier, policy}, err
}

// azureServicesPolicy selects pods alone: with all() it would hold the hosts as
// well, as soon as somebody gives them endpoints.
func azureServicesPolicy() map[string]any {
	deny := func(destination map[string]any) map[string]any {
		return map[string]any{"action": "Deny", "protocol": "TCP", "destination": destination}
	}
	return map[string]any{
		"tier":     azureTier,
		"order":    azureTierOrder,
		"selector": "projectcalico.org/orchestrator == 'k8s'",
		"types":    []any{"Egress"},
		"egress": []any{
			deny(map[string]any{"nets": []any{wireServer}, "ports": []any{80, 32526}}),
			deny(map[string]any{"nets": []any{metadataService}}),
			refreshOnWindows(),
		},
	}
}

// refreshOnWindows is a rule that matches nothing: ICMP type 254 is for experiments. It
// names all pods, and by that Felix on Windows renews a pod's rules whenever a pod
// comes or goes. Without it, Felix would look at the policies of the first tier
// alone, which is ours, and NetworkPolicies that select pods would not follow them:
// https://github.com/projectcalico/calico/blob/v3.31.7/felix/dataplane/windows/endpoint_mgr.go
func refreshOnWindows() map[string]any {
	return map[string]any{
		"action": "Pass", "protocol": "ICMP", "icmp": map[string]any{"type": 254},
		"destination": map[string]any{"selector": "projectcalico.org/orchestrator == 'k8s'"},
	}
}

func (in installer) calicoResource(name, kind string, metadata metav1.ObjectMetaArgs, spec map[string]any, after pulumi.Resource) (pulumi.Resource, error) {
	return apiextensions.NewCustomResource(in.ctx, in.name+"-"+name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(calicoVersion), Kind: pulumi.String(kind), Metadata: metadata,
		OtherFields: map[string]any{"spec": spec},
	}, in.options(pulumi.DependsOn([]pulumi.Resource{after}))...)
}
