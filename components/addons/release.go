package addons

import (
	"maps"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// helmRelease is a Helm release of the Kubernetes provider, declared without the
// SDK's helm package: that one also brings a reader of manifests and with it every
// API group that Kubernetes ever had, which is half of what a cold build compiles.
//
// https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/
type helmRelease struct {
	pulumi.CustomResourceState
}

const helmReleaseToken = "kubernetes:helm.sh/v3:Release" //nolint:gosec // a type, and no secret

// installTimeout is how long Helm waits for what a chart installs, in seconds.
const installTimeout = 1200

// install declares a release of a chart, which is there when what it installs
// runs. Its name is the add-on's.
func (in installer) install(c chart, name, namespace string, values pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return in.release(c, name, namespace, values, pulumi.Map{"timeout": pulumi.Int(installTimeout)}, opts...)
}

// entrust declares a release of a chart, and does not wait until what it installs
// runs: the rest of the cluster does well without it.
func (in installer) entrust(c chart, name, namespace string, values pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return in.release(c, name, namespace, values, pulumi.Map{"skipAwait": pulumi.Bool(true)}, opts...)
}

func (in installer) release(c chart, name, namespace string, values, waiting pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	args := pulumi.Map{
		"name":           pulumi.String(name),
		"namespace":      pulumi.String(namespace),
		"chart":          pulumi.String(c.name),
		"version":        pulumi.String(c.version),
		"repositoryOpts": pulumi.Map{"repo": pulumi.String(c.repository)},
		"values":         values,
		// The SDK sets it: the release's state has the form of the provider's version 4.
		"compat": pulumi.String("true"),
	}
	maps.Copy(args, waiting)
	if namespace != kubeSystem {
		args["createNamespace"] = pulumi.Bool(true)
	}
	release := &helmRelease{}
	opts = utilities.PkgResourceDefaultOpts(in.options(opts...))
	return release, in.ctx.RegisterResource(helmReleaseToken, in.name+"-"+name, args, release, opts...)
}
