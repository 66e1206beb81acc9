package stacks

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/state"
)

// RecoverOutputs reads the program's outputs out of a stack's state, as
// `pulumi stack export --show-secrets` prints it. A program that failed half way
// has given none, and its cluster is still there to be looked at and repaired.
// values are in clear; secret names those that must not be shown unasked. Without a
// cluster in the state there are no outputs.
func RecoverOutputs(export []byte) (values map[string]any, secret map[string]bool, err error) {
	resources, err := state.Resources(export)
	if err != nil {
		return nil, nil, err
	}
	values, secret = map[string]any{}, map[string]bool{}
	for _, r := range resources {
		if r.Type != hybridcluster.Token {
			continue
		}
		for output, name := range map[string]string{
			"kubeconfig": OutputKubeconfig, "apiServer": OutputAPIServer, "resourceGroupName": OutputResourceGroup,
			"sshPublicKey": OutputSSHPublicKey, "sshPrivateKey": OutputSSHPrivateKey, "windowsAdminPassword": OutputWindowsAdminPassword,
			"ssh": OutputSSH,
		} {
			if value := state.Reveal(r.Outputs[output]); value != nil && value != "" {
				values[name], secret[name] = value, state.IsSecret(r.Outputs[output])
			}
		}
		recorded, ok := state.Reveal(r.Inputs["definition"]).(map[string]any)
		if !ok {
			continue
		}
		definition, err := hybridcluster.ReadDefinition(recorded)
		if err != nil {
			return nil, nil, err
		}
		describe(values, definition)
	}
	return values, secret, nil
}

// describe adds what the definition says.
func describe(values map[string]any, d *apimodel.Definition) {
	if d.Properties.LinuxProfile == nil || d.Properties.OrchestratorProfile == nil {
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
