package kubernetes

import (
	admissionregistrationv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/admissionregistration/v1"
	apiextensionsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions/v1"
	apiregistrationv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiregistration/v1"
	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	autoscalingv2 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/autoscaling/v2"
	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	coordinationv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/coordination/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	discoveryv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/discovery/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	nodev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/node/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	schedulingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/scheduling/v1"
	storagev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/storage/v1"

	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

// shapes are the argument types of the resource types that the SDK has, by token.
type shapes map[string]*schema.Schema

// knownShapes lists them. A kind that is not here is taken for a custom resource.
func knownShapes() shapes {
	known := shapes{}
	for token, args := range map[string]any{
		releaseType: releaseShape{},

		"kubernetes:core/v1:ConfigMap":             corev1.ConfigMapArgs{},
		"kubernetes:core/v1:Endpoints":             corev1.EndpointsArgs{},
		"kubernetes:core/v1:LimitRange":            corev1.LimitRangeArgs{},
		"kubernetes:core/v1:Namespace":             corev1.NamespaceArgs{},
		"kubernetes:core/v1:PersistentVolume":      corev1.PersistentVolumeArgs{},
		"kubernetes:core/v1:PersistentVolumeClaim": corev1.PersistentVolumeClaimArgs{},
		"kubernetes:core/v1:Pod":                   corev1.PodArgs{},
		"kubernetes:core/v1:ResourceQuota":         corev1.ResourceQuotaArgs{},
		"kubernetes:core/v1:Secret":                corev1.SecretArgs{},
		"kubernetes:core/v1:Service":               corev1.ServiceArgs{},
		"kubernetes:core/v1:ServiceAccount":        corev1.ServiceAccountArgs{},

		"kubernetes:apps/v1:DaemonSet":   appsv1.DaemonSetArgs{},
		"kubernetes:apps/v1:Deployment":  appsv1.DeploymentArgs{},
		"kubernetes:apps/v1:ReplicaSet":  appsv1.ReplicaSetArgs{},
		"kubernetes:apps/v1:StatefulSet": appsv1.StatefulSetArgs{},

		"kubernetes:batch/v1:CronJob": batchv1.CronJobArgs{},
		"kubernetes:batch/v1:Job":     batchv1.JobArgs{},

		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRole":        rbacv1.ClusterRoleArgs{},
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": rbacv1.ClusterRoleBindingArgs{},
		"kubernetes:rbac.authorization.k8s.io/v1:Role":               rbacv1.RoleArgs{},
		"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding":        rbacv1.RoleBindingArgs{},

		"kubernetes:policy/v1:PodDisruptionBudget":                                  policyv1.PodDisruptionBudgetArgs{},
		"kubernetes:autoscaling/v2:HorizontalPodAutoscaler":                         autoscalingv2.HorizontalPodAutoscalerArgs{},
		"kubernetes:networking.k8s.io/v1:Ingress":                                   networkingv1.IngressArgs{},
		"kubernetes:networking.k8s.io/v1:IngressClass":                              networkingv1.IngressClassArgs{},
		"kubernetes:networking.k8s.io/v1:NetworkPolicy":                             networkingv1.NetworkPolicyArgs{},
		"kubernetes:node.k8s.io/v1:RuntimeClass":                                    nodev1.RuntimeClassArgs{},
		"kubernetes:scheduling.k8s.io/v1:PriorityClass":                             schedulingv1.PriorityClassArgs{},
		"kubernetes:storage.k8s.io/v1:CSIDriver":                                    storagev1.CSIDriverArgs{},
		"kubernetes:storage.k8s.io/v1:StorageClass":                                 storagev1.StorageClassArgs{},
		"kubernetes:coordination.k8s.io/v1:Lease":                                   coordinationv1.LeaseArgs{},
		"kubernetes:discovery.k8s.io/v1:EndpointSlice":                              discoveryv1.EndpointSliceArgs{},
		"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition":               apiextensionsv1.CustomResourceDefinitionArgs{},
		"kubernetes:apiregistration.k8s.io/v1:APIService":                           apiregistrationv1.APIServiceArgs{},
		"kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration":   admissionregistrationv1.MutatingWebhookConfigurationArgs{},
		"kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration": admissionregistrationv1.ValidatingWebhookConfigurationArgs{},
	} {
		known[token] = schema.Of(args)
	}
	return known
}

// releaseShape is what a Helm release may say, as the provider's schema has it. The
// SDK's own type is not used: its package brings every API group of Kubernetes along.
//
// https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/#inputs
type releaseShape struct {
	AllowNullValues          *bool               `pulumi:"allowNullValues"`
	Atomic                   *bool               `pulumi:"atomic"`
	Chart                    string              `pulumi:"chart"`
	CleanupOnFail            *bool               `pulumi:"cleanupOnFail"`
	Compat                   *string             `pulumi:"compat"`
	CreateNamespace          *bool               `pulumi:"createNamespace"`
	DependencyUpdate         *bool               `pulumi:"dependencyUpdate"`
	Description              *string             `pulumi:"description"`
	Devel                    *bool               `pulumi:"devel"`
	DisableCRDHooks          *bool               `pulumi:"disableCRDHooks"`
	DisableOpenapiValidation *bool               `pulumi:"disableOpenapiValidation"`
	DisableWebhooks          *bool               `pulumi:"disableWebhooks"`
	ForceUpdate              *bool               `pulumi:"forceUpdate"`
	Keyring                  *string             `pulumi:"keyring"`
	Lint                     *bool               `pulumi:"lint"`
	Manifest                 map[string]any      `pulumi:"manifest"`
	MaxHistory               *int                `pulumi:"maxHistory"`
	Name                     *string             `pulumi:"name"`
	Namespace                *string             `pulumi:"namespace"`
	Postrender               *string             `pulumi:"postrender"`
	RecreatePods             *bool               `pulumi:"recreatePods"`
	RenderSubchartNotes      *bool               `pulumi:"renderSubchartNotes"`
	Replace                  *bool               `pulumi:"replace"`
	RepositoryOpts           *repositoryShape    `pulumi:"repositoryOpts"`
	ResetValues              *bool               `pulumi:"resetValues"`
	ResourceNames            map[string][]string `pulumi:"resourceNames"`
	ReuseValues              *bool               `pulumi:"reuseValues"`
	SkipAwait                *bool               `pulumi:"skipAwait"`
	SkipCrds                 *bool               `pulumi:"skipCrds"`
	TakeOwnership            *bool               `pulumi:"takeOwnership"`
	Timeout                  *int                `pulumi:"timeout"`
	ValueYamlFiles           []any               `pulumi:"valueYamlFiles"`
	Values                   map[string]any      `pulumi:"values"`
	Verify                   *bool               `pulumi:"verify"`
	Version                  *string             `pulumi:"version"`
	WaitForJobs              *bool               `pulumi:"waitForJobs"`
}

type repositoryShape struct {
	CaFile   *string `pulumi:"caFile"`
	CertFile *string `pulumi:"certFile"`
	KeyFile  *string `pulumi:"keyFile"`
	Password *string `pulumi:"password"`
	Repo     *string `pulumi:"repo"`
	Username *string `pulumi:"username"`
}
