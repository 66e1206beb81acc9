package stacks

import (
	"encoding/json"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
)

// logins reads an object of logins to registries. Each is the text of Docker's login
// file, or what stands in it.
func (f *forms) logins(key string, into *map[string]string) {
	value, given := f.read(key)
	if !given {
		return
	}
	object, ok := value.(map[string]any)
	logins := map[string]string{}
	for namespace, login := range object {
		switch login := login.(type) {
		case string:
			logins[namespace] = login
		case map[string]any:
			data, err := json.Marshal(login)
			logins[namespace], ok = string(data), ok && err == nil
		default:
			ok = false
		}
	}
	if !ok {
		f.faults = append(f.faults, apimodel.Fault{
			Path: ConfigPlace(key), Message: "must be an object with a login file of Docker's for each namespace",
			Remedy: "set each with `pulumi config set --secret --path " + Namespace + ":" + key + ".NAMESPACE < FILE`",
		})
		return
	}
	*into = logins
}

// declarePullSecrets puts the logins into their namespaces. It returns what to wait for
// where pods count on them.
func (c Config) declarePullSecrets(ctx *pulumi.Context, cluster *hybridcluster.HybridCluster) ([]pulumi.Resource, error) {
	if len(c.PullSecrets) == 0 {
		return nil, nil
	}
	secrets, err := pullsecrets.New(ctx, "pull-secrets", pullsecrets.Args{
		ByNamespace: c.PullSecrets, Provider: cluster.Provider, Lifetime: cluster.Lifetime,
	})
	if err != nil {
		return nil, err
	}
	return []pulumi.Resource{secrets}, nil
}
