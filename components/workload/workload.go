// Package workload is an application on the Windows nodes, behind a Service of type
// LoadBalancer: the sample ASP.NET page, or an image of the user's.
package workload

import (
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	autoscalingv2 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/autoscaling/v2"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
)

// Token is the component's type.
const Token = "hybridcluster:index:WindowsExample"

// Name is the name of the workload's objects.
const Name = "windows-example"

const namespace = "default"

// WindowsExample is the workload, served.
type WindowsExample struct {
	pulumi.ResourceState

	// URL is where the page is served.
	URL pulumi.StringOutput `pulumi:"url"`
}

// Args says what runs, and where.
type Args struct {
	Settings
	// WindowsReleases are the releases of the cluster's Windows pools, for
	// example "2022".
	WindowsReleases []string
	// Taints are those of the Windows pools, "key=value:Effect". The pods tolerate
	// them: there is no other place for them.
	Taints []string
	// Provider is the cluster.
	Provider *kubernetes.Provider
	// Lifetime takes the workload with it when it is deleted.
	Lifetime pulumi.Resource
	// ServiceLifetime takes the Service with it; nil where the Service must be
	// deleted on its own, for the cloud provider to take its load balancer down.
	ServiceLifetime pulumi.Resource
}

// New declares the workload. It is ready when the Deployment is available, which
// takes Windows nodes that are Ready, and the Service has an address.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*WindowsExample, error) {
	if err := args.check(); err != nil {
		return nil, err
	}
	image, err := args.image(args.WindowsReleases)
	if err != nil {
		return nil, err
	}
	w := &WindowsExample{}
	inputs := pulumi.Map{"image": pulumi.String(image.name), "replicas": pulumi.Int(args.replicas())}
	if err := ctx.RegisterComponentResourceV2(Token, name, inputs, w, opts...); err != nil {
		return nil, err
	}
	base := []pulumi.ResourceOption{
		pulumi.Parent(w), pulumi.Provider(args.Provider),
		// Windows images are large: the first pull alone takes minutes.
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m", Update: "30m"}),
	}
	lasting := slices.Concat(base, []pulumi.ResourceOption{pulumi.DeletedWith(args.Lifetime)})
	labels := pulumi.StringMap{"app": pulumi.String(Name)}
	before, err := args.login(ctx, name, lasting)
	if err != nil {
		return nil, err
	}
	deployment, err := appsv1.NewDeployment(ctx, name+"-deployment", args.deployment(image, labels),
		slices.Concat(args.deploymentOptions(lasting), []pulumi.ResourceOption{pulumi.DependsOn(before)})...)
	if err != nil {
		return nil, err
	}
	if err := args.guard(ctx, name, deployment, labels, lasting); err != nil {
		return nil, err
	}
	serviceOptions := slices.Concat(base, []pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{deployment})})
	if args.ServiceLifetime != nil {
		serviceOptions = append(serviceOptions, pulumi.DeletedWith(args.ServiceLifetime))
	}
	service, err := corev1.NewService(ctx, name+"-service", args.service(image, labels), serviceOptions...)
	if err != nil {
		return nil, err
	}
	w.URL = service.Status.ApplyT(serviceURL).(pulumi.StringOutput)
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"url": w.URL})
}

// login declares the pull secret, if there is one, and returns what the pods wait for.
func (a Args) login(ctx *pulumi.Context, name string, opts []pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if a.PullSecret == "" {
		return nil, nil
	}
	secret, err := pullsecrets.Login(a.PullSecret).Declare(ctx, name+"-pull", namespace, pullSecretName, opts...)
	return []pulumi.Resource{secret}, err
}

func (a Args) check() error {
	if faults := a.Faults(); len(faults) > 0 {
		return faults
	}
	return nil
}

func (a Args) deployment(image containerImage, labels pulumi.StringMap) *appsv1.DeploymentArgs {
	return &appsv1.DeploymentArgs{
		Metadata: metadata(labels),
		Spec: appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(a.replicas()),
			Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
			// No pod goes before its successor serves.
			Strategy: appsv1.DeploymentStrategyArgs{
				Type:          pulumi.String("RollingUpdate"),
				RollingUpdate: appsv1.RollingUpdateDeploymentArgs{MaxSurge: pulumi.Any(1), MaxUnavailable: pulumi.Any(0)},
			},
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: labels},
				Spec:     a.podSpec(image, labels),
			},
		},
	}
}

func (a Args) deploymentOptions(base []pulumi.ResourceOption) []pulumi.ResourceOption {
	if a.Autoscaling == nil {
		return base
	}
	// The autoscaler decides how many there are, after the first ones.
	return append(slices.Clone(base), pulumi.IgnoreChanges([]string{"spec.replicas"}))
}

// guard keeps all pods but one while nodes are drained, and scales them where that
// is asked for.
func (a Args) guard(
	ctx *pulumi.Context, name string, deployment *appsv1.Deployment, labels pulumi.StringMap, opts []pulumi.ResourceOption,
) error {
	_, err := policyv1.NewPodDisruptionBudget(ctx, name+"-budget", &policyv1.PodDisruptionBudgetArgs{
		Metadata: metadata(labels),
		Spec: policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable: pulumi.Any(1), Selector: metav1.LabelSelectorArgs{MatchLabels: labels},
		},
	}, opts...)
	if err != nil || a.Autoscaling == nil {
		return err
	}
	percent := a.Autoscaling.CPUPercent
	if percent == 0 {
		percent = defaultCPUPercent
	}
	_, err = autoscalingv2.NewHorizontalPodAutoscaler(ctx, name+"-autoscaler", &autoscalingv2.HorizontalPodAutoscalerArgs{
		Metadata: metadata(labels),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpecArgs{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReferenceArgs{
				ApiVersion: pulumi.String("apps/v1"), Kind: pulumi.String("Deployment"), Name: pulumi.String(Name),
			},
			MinReplicas: pulumi.Int(a.replicas()),
			MaxReplicas: pulumi.Int(a.Autoscaling.MaxReplicas),
			Metrics: autoscalingv2.MetricSpecArray{autoscalingv2.MetricSpecArgs{
				Type: pulumi.String("Resource"),
				Resource: autoscalingv2.ResourceMetricSourceArgs{
					Name: pulumi.String("cpu"),
					Target: autoscalingv2.MetricTargetArgs{
						Type: pulumi.String("Utilization"), AverageUtilization: pulumi.Int(percent),
					},
				},
			}},
		},
	}, append(slices.Clone(opts), pulumi.DependsOn([]pulumi.Resource{deployment}))...)
	return err
}
