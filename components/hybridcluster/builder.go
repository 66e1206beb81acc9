package hybridcluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// builder carries what the parts of a cluster share while it is declared.
type builder struct {
	ctx       *pulumi.Context
	name      string
	component *HybridCluster
	def       *apimodel.Definition
	args      *Args
	plan      apimodel.AddressPlan
	release   apimodel.Release
	// prefix starts the name of each resource: the dnsPrefix.
	prefix   string
	location string
	// endpoint is the name that the nodes know the API server by.
	endpoint string

	group    resourceGroup
	identity cloudIdentity
	pull     pullIdentity
	pki      pki
	login    login
	hostKeys hostKeys
	network  clusterNetwork
	frontend apiFrontend
	control  controlPlane
	running  running
	// jumpboxAddress is the public address of the jumpbox, where there is one.
	jumpboxAddress pulumi.StringOutput
}

func newBuilder(ctx *pulumi.Context, name string, c *HybridCluster, d *apimodel.Definition, args *Args) *builder {
	return &builder{
		ctx: ctx, name: name, component: c, def: d, args: args,
		plan: d.AddressPlan(), release: d.Release(),
		prefix: firstboot.Prefix(d), location: d.Location, endpoint: firstboot.Endpoint(d),
	}
}

// build declares the parts in the order in which they need each other.
func (b *builder) build() error {
	steps := []struct {
		what string
		run  func() error
	}{
		{"resource group", b.declareResourceGroup},
		{"identity", b.declareIdentity},
		{"identity for registries", b.declarePullIdentity},
		{"certificates", b.declarePKI},
		{"logins", b.declareLogin},
		{"host keys", b.declareHostKeys},
		{"log workspace", b.declareMonitoring},
		{"network", b.declareNetwork},
		{"load balancer", b.declareAPIFrontend},
		{"machines that run already", b.readRunning},
		{"control plane", b.declareControlPlane},
		{"jumpbox", b.declareJumpbox},
		{"agent pools", b.declarePools},
		{"way in", b.describeSSH},
		{"kubeconfig", b.declareKubeconfig},
		{"Kubernetes provider", b.declareKubernetesProvider},
	}
	for _, s := range steps {
		if err := s.run(); err != nil {
			return fmt.Errorf("declare the %s: %w", s.what, err)
		}
	}
	return nil
}

// child returns the logical name of a resource of the cluster. The component's
// name comes first, so that renames of the component alias its children.
func (b *builder) child(suffix string) string { return b.name + "-" + suffix }

// options are the options of a resource in the resource group. When the group is
// ours its deletion takes everything in it, so nothing else needs a call.
func (b *builder) options(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	base := []pulumi.ResourceOption{pulumi.Parent(b.component)}
	if b.group.owned != nil {
		base = append(base, pulumi.DeletedWith(b.group.owned))
	}
	return append(base, opts...)
}

// lasting are the options of a resource that may stand elsewhere: what is not in
// the cluster's resource group does not go with it, and needs a call of its own.
func (b *builder) lasting(elsewhere bool, opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	if elsewhere {
		return append([]pulumi.ResourceOption{pulumi.Parent(b.component)}, opts...)
	}
	return b.options(opts...)
}

// tags are the tags of a resource: what tells the cluster's resources from others
// in the same group, the definition's, the user's, and further ones, each over
// those before.
func (b *builder) tags(further ...map[string]string) pulumi.StringMap {
	tags := pulumi.StringMap{"hybridcluster": pulumi.String(b.prefix)}
	for _, layer := range append([]map[string]string{b.def.Tags, b.args.Tags}, further...) {
		for k, v := range layer {
			tags[k] = pulumi.String(v)
		}
	}
	return tags
}

// componentInputs are recorded with the component, so that a preview names the
// setting that changed. Secrets are left out: the resources that hold them say
// when they change.
func componentInputs(d *apimodel.Definition, args *Args) (pulumi.Map, error) {
	data, err := json.Marshal(d.Redacted())
	if err != nil {
		return nil, fmt.Errorf("record the definition: %w", err)
	}
	var recorded map[string]any
	if err := json.Unmarshal(data, &recorded); err != nil {
		return nil, fmt.Errorf("record the definition: %w", err)
	}
	byName(recorded)
	inputs := pulumi.Map{"definition": pulumi.ToMap(recorded)}
	if args.ResourceGroup != "" {
		inputs["resourceGroup"] = pulumi.String(args.ResourceGroup)
	}
	if args.ExistingResourceGroup != "" {
		inputs["existingResourceGroup"] = pulumi.String(args.ExistingResourceGroup)
	}
	if len(args.SSHSourceCIDRs) > 0 {
		inputs["sshSourceCidrs"] = pulumi.ToStringArray(args.SSHSourceCIDRs)
	}
	if len(args.APIServerSourceCIDRs) > 0 {
		inputs["apiServerSourceCidrs"] = pulumi.ToStringArray(args.APIServerSourceCIDRs)
	}
	if len(args.Mirrors) > 0 {
		inputs["mirrors"] = pulumi.ToStringMap(args.Mirrors)
	}
	if len(args.Tags) > 0 {
		inputs["tags"] = pulumi.ToStringMap(maps.Clone(args.Tags))
	}
	return inputs, nil
}

// byName turns the list of pools into a map by pool name: the order of pools
// means nothing, so a reordered definition must not show as a change.
func byName(definition map[string]any) {
	properties, ok := definition["properties"].(map[string]any)
	if !ok {
		return
	}
	list, ok := properties["agentPoolProfiles"].([]any)
	if !ok {
		return
	}
	pools := make(map[string]any, len(list))
	for _, item := range list {
		pool, ok := item.(map[string]any)
		if !ok {
			return
		}
		name, _ := pool["name"].(string)
		delete(pool, "name")
		pools[name] = pool
	}
	properties["agentPoolProfiles"] = pools
}

// ReadDefinition reads a definition as the component records it among its inputs:
// with its pools by name. document stays as it is.
func ReadDefinition(document map[string]any) (*apimodel.Definition, error) {
	document = maps.Clone(document)
	properties, _ := document["properties"].(map[string]any)
	if pools, ok := properties["agentPoolProfiles"].(map[string]any); ok {
		properties = maps.Clone(properties)
		list := make([]any, 0, len(pools))
		for _, name := range slices.Sorted(maps.Keys(pools)) {
			if pool, ok := pools[name].(map[string]any); ok {
				pool = maps.Clone(pool)
				pool["name"] = name
				list = append(list, pool)
			}
		}
		properties["agentPoolProfiles"], document["properties"] = list, properties
	}
	data, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("read the recorded definition: %w", err)
	}
	d := &apimodel.Definition{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("read the recorded definition: %w", err)
	}
	return d, nil
}

// subResource refers to an Azure resource by id.
func subResource(id pulumi.StringInput) network.SubResourceArgs {
	return network.SubResourceArgs{Id: id.ToStringOutput().ToStringPtrOutput()}
}
