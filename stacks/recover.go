package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// secretMark is how a state with secrets in clear marks one:
// https://www.pulumi.com/docs/iac/concepts/secrets/
const secretMark = "4dabf18193072939515e22adb298388d" //nolint:gosec // a mark, and no secret

// RecoverOutputs reads the program's outputs out of a stack's state, as
// `pulumi stack export --show-secrets` prints it. A program that failed half way
// has given none, and its cluster is still there to be looked at and repaired.
// values are in clear; secret names those that must not be shown unasked. Without a
// cluster in the state there are no outputs.
func RecoverOutputs(state []byte) (values map[string]any, secret map[string]bool, err error) {
	var d struct {
		Deployment struct {
			Resources []struct {
				Type    string         `json:"type"`
				Inputs  map[string]any `json:"inputs"`
				Outputs map[string]any `json:"outputs"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(state, &d); err != nil {
		return nil, nil, fmt.Errorf("read the stack's state: %w", err)
	}
	values, secret = map[string]any{}, map[string]bool{}
	for _, r := range d.Deployment.Resources {
		if r.Type != hybridcluster.Token {
			continue
		}
		for output, name := range map[string]string{
			"kubeconfig": OutputKubeconfig, "apiServer": OutputAPIServer, "resourceGroupName": OutputResourceGroup,
			"sshPublicKey": OutputSSHPublicKey, "sshPrivateKey": OutputSSHPrivateKey, "windowsAdminPassword": OutputWindowsAdminPassword,
			"ssh": OutputSSH,
		} {
			value, hidden := revealed(r.Outputs[output])
			if value != nil && value != "" {
				values[name], secret[name] = value, hidden
			}
		}
		definition, err := recordedDefinition(r.Inputs["definition"])
		if err != nil {
			return nil, nil, err
		}
		describe(values, definition)
	}
	return values, secret, nil
}

// describe adds what the definition says.
func describe(values map[string]any, d *apimodel.Definition) {
	if d == nil || d.Properties.LinuxProfile == nil || d.Properties.OrchestratorProfile == nil {
		return
	}
	values[OutputLocation] = d.Location
	values[OutputAdminUsername] = d.Properties.LinuxProfile.AdminUsername
	values[OutputKubernetesVersion] = d.Release().Kubernetes
	if d.Properties.WindowsProfile != nil && len(windowsReleases(d)) > 0 {
		values[OutputWindowsAdminUsername] = d.Properties.WindowsProfile.AdminUsername
	}
	var nodes []any
	for _, n := range sortedNodes(d) {
		nodes = append(nodes, nodeFields(n))
	}
	values[OutputNodes] = nodes
}

func recordedDefinition(recorded any) (*apimodel.Definition, error) {
	recorded, _ = revealed(recorded)
	if recorded == nil {
		return nil, nil
	}
	listPools(recorded)
	data, err := json.Marshal(recorded)
	if err != nil {
		return nil, fmt.Errorf("read the recorded definition: %w", err)
	}
	d := &apimodel.Definition{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("read the recorded definition: %w", err)
	}
	return d, nil
}

// listPools undoes that pools are recorded by name, so that their order is no change.
func listPools(recorded any) {
	definition, _ := recorded.(map[string]any)
	properties, _ := definition["properties"].(map[string]any)
	byName, ok := properties["agentPoolProfiles"].(map[string]any)
	if !ok {
		return
	}
	pools := make([]any, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if pool, ok := byName[name].(map[string]any); ok {
			pool["name"] = name
			pools = append(pools, pool)
		}
	}
	properties["agentPoolProfiles"] = pools
}

// revealed is a value of the state without the mark of a secret.
func revealed(value any) (plain any, secret bool) {
	marked, ok := value.(map[string]any)
	if !ok || marked[secretMark] == nil {
		return value, false
	}
	text, _ := marked["plaintext"].(string)
	if json.Unmarshal([]byte(text), &plain) != nil {
		return nil, true
	}
	return plain, true
}
