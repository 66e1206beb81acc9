package workload

import (
	"fmt"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// internalAnnotation asks the cloud provider for an address of the virtual network:
// https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/
const internalAnnotation = "service.beta.kubernetes.io/azure-load-balancer-internal"

// service serves the pods on port 80.
func (a Args) service(image containerImage, labels pulumi.StringMap) *corev1.ServiceArgs {
	about := metadata(labels)
	if a.Internal {
		about.Annotations = pulumi.StringMap{internalAnnotation: pulumi.String("true")}
	}
	spec := corev1.ServiceSpecArgs{
		Type:     pulumi.String("LoadBalancer"),
		Selector: labels,
		Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
			Protocol:   pulumi.String("TCP"),
			Port:       pulumi.Int(servicePort),
			TargetPort: pulumi.Int(image.port),
		}},
	}
	if len(a.SourceCIDRs) > 0 {
		spec.LoadBalancerSourceRanges = pulumi.ToStringArray(a.SourceCIDRs)
	}
	return &corev1.ServiceArgs{Metadata: about, Spec: spec}
}

func metadata(labels pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{
		Name: pulumi.String(Name), Namespace: pulumi.String(namespace), Labels: labels,
	}
}

// serviceURL is the page's address, once the cloud provider has given one.
func serviceURL(status *corev1.ServiceStatus) (string, error) {
	if status == nil || status.LoadBalancer == nil || len(status.LoadBalancer.Ingress) == 0 {
		return "", fmt.Errorf("service %s has no address yet: the cloud controller manager's log says why", Name)
	}
	ingress := status.LoadBalancer.Ingress[0]
	if ingress.Ip != nil && *ingress.Ip != "" {
		return "http://" + *ingress.Ip, nil
	}
	if ingress.Hostname != nil {
		return "http://" + *ingress.Hostname, nil
	}
	return "", fmt.Errorf("service %s has an ingress without address", Name)
}
