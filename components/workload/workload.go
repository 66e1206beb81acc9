// Package workload is the sample: an ASP.NET application on the Windows nodes,
// behind a Service of type LoadBalancer.
package workload

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Token is the component's type.
const Token = "hybridcluster:index:WindowsExample"

// Name is the name of the Deployment and of the Service, in namespace default.
const Name = "windows-example"

const (
	replicas    = 3
	servicePort = 80
)

// WindowsExample is the sample workload, served.
type WindowsExample struct {
	pulumi.ResourceState

	// URL is where the page is served.
	URL pulumi.StringOutput `pulumi:"url"`
}

// Args says where the workload runs.
type Args struct {
	// WindowsReleases are the releases of the cluster's Windows pools, for
	// example "2022".
	WindowsReleases []string
	// Taints are those of the Windows pools, "key=value:Effect". The pods tolerate
	// them: there is no other place for them.
	Taints []string
	// Provider is the cluster.
	Provider *kubernetes.Provider
	// Lifetime takes the Deployment with it when it is deleted.
	Lifetime pulumi.Resource
	// ServiceLifetime takes the Service with it; nil where the Service must be
	// deleted on its own, for the cloud provider to take its load balancer down.
	ServiceLifetime pulumi.Resource
}

// New declares the workload. It is ready when the Deployment is available and
// the Service has an address.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*WindowsExample, error) {
	image, err := imageFor(args.WindowsReleases)
	if err != nil {
		return nil, err
	}
	w := &WindowsExample{}
	inputs := pulumi.Map{"image": pulumi.String(image.name), "replicas": pulumi.Int(replicas)}
	if err := ctx.RegisterComponentResourceV2(Token, name, inputs, w, opts...); err != nil {
		return nil, err
	}
	base := []pulumi.ResourceOption{
		pulumi.Parent(w), pulumi.Provider(args.Provider),
		// Windows images are large: the first pull alone takes minutes.
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m", Update: "30m"}),
	}
	labels := pulumi.StringMap{"app": pulumi.String(Name)}
	deployment, err := appsv1.NewDeployment(ctx, name+"-deployment", &appsv1.DeploymentArgs{
		Metadata: metadata(labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(replicas),
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels},
				Spec:     podSpec(image, args.Taints),
			},
		},
	}, slices.Concat(base, []pulumi.ResourceOption{pulumi.DeletedWith(args.Lifetime)})...)
	if err != nil {
		return nil, err
	}
	serviceOptions := slices.Concat(base, []pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{deployment})})
	if args.ServiceLifetime != nil {
		serviceOptions = append(serviceOptions, pulumi.DeletedWith(args.ServiceLifetime))
	}
	service, err := corev1.NewService(ctx, name+"-service", &corev1.ServiceArgs{
		Metadata: metadata(labels),
		Spec: corev1.ServiceSpecArgs{
			Type:     pulumi.String("LoadBalancer"),
			Selector: labels,
			Ports: corev1.ServicePortArray{corev1.ServicePortArgs{
				Protocol:   pulumi.String("TCP"),
				Port:       pulumi.Int(servicePort),
				TargetPort: pulumi.Int(image.port),
			}},
		},
	}, serviceOptions...)
	if err != nil {
		return nil, err
	}
	w.URL = service.Status.ApplyT(serviceURL).(pulumi.StringOutput)
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"url": w.URL})
}

func metadata(labels pulumi.StringMap) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{
		Name: pulumi.String(Name), Namespace: pulumi.String("default"), Labels: labels,
	}
}

func podSpec(image sampleImage, taints []string) corev1.PodSpecArgs {
	return corev1.PodSpecArgs{
		Tolerations:  tolerations(taints),
		NodeSelector: pulumi.StringMap{"kubernetes.io/os": pulumi.String("windows")},
		Affinity:     image.affinity(),
		Containers: corev1.ContainerArray{corev1.ContainerArgs{
			Name:  pulumi.String(Name),
			Image: pulumi.String(image.name),
			Ports: corev1.ContainerPortArray{corev1.ContainerPortArgs{ContainerPort: pulumi.Int(image.port)}},
			Resources: corev1.ResourceRequirementsArgs{
				Limits:   pulumi.StringMap{"cpu": pulumi.String("1"), "memory": pulumi.String("800M")},
				Requests: pulumi.StringMap{"cpu": pulumi.String("100m"), "memory": pulumi.String("300M")},
			},
			ReadinessProbe: corev1.ProbeArgs{
				HttpGet:       corev1.HTTPGetActionArgs{Path: pulumi.String("/"), Port: pulumi.Int(image.port)},
				PeriodSeconds: pulumi.Int(10),
			},
		}},
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
