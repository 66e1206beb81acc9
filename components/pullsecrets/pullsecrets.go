// Package pullsecrets puts logins to container registries into namespaces. Pods that
// name no pull secret of their own get that of their namespace.
package pullsecrets

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Token is the component's type.
const Token = "hybridcluster:index:PullSecrets"

// SecretName is the name of the Secret in each namespace.
const SecretName = "hybridcluster-pull"

const (
	secretType = "kubernetes.io/dockerconfigjson" //nolint:gosec // a type, and no secret
	secretKey  = ".dockerconfigjson"              //nolint:gosec // a key's name, and no secret
)

// PullSecrets are there when the component's children are.
type PullSecrets struct {
	pulumi.ResourceState
}

// Args says which namespace gets which login.
type Args struct {
	// ByNamespace are the logins, each a secret.
	ByNamespace map[string]string
	// Provider is the cluster.
	Provider *kubernetes.Provider
	// Lifetime takes the Secrets with it when it is deleted.
	Lifetime pulumi.Resource
}

// Faults are what is wrong with the logins, sorted by namespace. place says where they
// were given. No fault shows a login.
func Faults(byNamespace map[string]string, place string) apimodel.Faults {
	var faults apimodel.Faults
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		if len(validation.IsDNS1123Label(namespace)) > 0 {
			faults = append(faults, apimodel.Fault{
				Path: place, Message: fmt.Sprintf("%q is no name for a namespace", namespace), Remedy: "use 1 to 63 small letters, digits and - inside",
			})
		}
		if message, remedy := Login(byNamespace[namespace]).Fault(); message != "" {
			faults = append(faults, apimodel.Fault{Path: place + " " + namespace, Message: message, Remedy: remedy})
		}
	}
	return faults
}

// New declares the Secrets, and makes the default ServiceAccount of each namespace name
// its own.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*PullSecrets, error) {
	if faults := Faults(args.ByNamespace, "pull secrets"); len(faults) > 0 {
		return nil, faults
	}
	p := &PullSecrets{}
	namespaces := slices.Sorted(maps.Keys(args.ByNamespace))
	inputs := pulumi.Map{"namespaces": pulumi.ToStringArray(namespaces)}
	if err := ctx.RegisterComponentResourceV2(Token, name, inputs, p, opts...); err != nil {
		return nil, err
	}
	base := []pulumi.ResourceOption{pulumi.Parent(p), pulumi.Provider(args.Provider), pulumi.DeletedWith(args.Lifetime)}
	for _, namespace := range namespaces {
		if err := declare(ctx, name+"-"+namespace, namespace, Login(args.ByNamespace[namespace]), base); err != nil {
			return nil, fmt.Errorf("the pull secret of namespace %s: %w", namespace, err)
		}
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{})
}

// declare gives one namespace its login. Namespace and ServiceAccount belong to others:
// both are patched, which makes them where they are not there yet and leaves them where
// the setting is taken back.
//
// The list of an account is one field to the API server, so it is this program's as a
// whole: further registries go into the login.
// https://github.com/kubernetes/api/blob/v0.36.1/core/v1/types.go (ServiceAccount)
func declare(ctx *pulumi.Context, name, namespace string, login Login, base []pulumi.ResourceOption) error {
	space, err := corev1.NewNamespacePatch(ctx, name+"-namespace", &corev1.NamespacePatchArgs{
		Metadata: metav1.ObjectMetaPatchArgs{Name: pulumi.String(namespace), Annotations: takeOver},
	}, base...)
	if err != nil {
		return err
	}
	secret, err := login.Declare(ctx, name+"-secret", namespace, SecretName, append(slices.Clone(base), pulumi.DependsOn([]pulumi.Resource{space}))...)
	if err != nil {
		return err
	}
	_, err = corev1.NewServiceAccountPatch(ctx, name+"-account", &corev1.ServiceAccountPatchArgs{
		Metadata:         metav1.ObjectMetaPatchArgs{Namespace: pulumi.String(namespace), Name: pulumi.String("default"), Annotations: takeOver},
		ImagePullSecrets: corev1.LocalObjectReferencePatchArray{corev1.LocalObjectReferencePatchArgs{Name: pulumi.String(SecretName)}},
	}, append(slices.Clone(base), pulumi.DependsOn([]pulumi.Resource{secret}))...)
	return err
}

// takeOver lets a patch take over the fields that it sets.
var takeOver = pulumi.StringMap{"pulumi.com/patchForce": pulumi.String("true")}

// Declare declares a Secret that holds the login. It is a secret of the program's from
// here on, so nothing shows it.
func (l Login) Declare(ctx *pulumi.Context, resource, namespace, name string, opts ...pulumi.ResourceOption) (*corev1.Secret, error) {
	data := pulumi.ToSecret(pulumi.String(l.encoded())).(pulumi.StringOutput)
	return corev1.NewSecret(ctx, resource, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{Namespace: pulumi.String(namespace), Name: pulumi.String(name)},
		Type:     pulumi.String(secretType),
		Data:     pulumi.StringMap{secretKey: data},
	}, append(opts, pulumi.AdditionalSecretOutputs([]string{"data", "stringData"}))...)
}
