package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// ContainerMonitoring is where the agents of Azure Monitor send to.
type ContainerMonitoring struct {
	// ClusterName is the cluster's name in the workspace.
	ClusterName string
	// WorkspaceID is the workspace's own id, a GUID.
	WorkspaceID pulumi.StringInput
	// WorkspaceKey is treated as a secret whatever it is.
	WorkspaceKey pulumi.StringInput
}

// containerMonitoring runs Azure Monitor's agents on Linux and Windows nodes. The
// chart has those of Windows only with a workspace key, and that way in is retired;
// what AKS Engine installed is older still. Nobody waits for agents of a service that
// may be gone: they would keep the whole cluster from coming up.
func (in installer) containerMonitoring(opts ...pulumi.ResourceOption) error {
	m := in.args.Options.ContainerMonitoring
	_, err := in.entrust(monitoringChart, "container-monitoring", kubeSystem, pulumi.Map{
		"amalogs": pulumi.Map{
			"secret": pulumi.Map{
				"wsid": m.WorkspaceID,
				"key":  pulumi.ToSecret(m.WorkspaceKey.ToStringOutput()).(pulumi.StringOutput),
			},
			"env":        pulumi.Map{"clusterName": pulumi.String(m.ClusterName)},
			"useAADAuth": pulumi.Bool(false),
			// Nodes with taints of the user's are watched, too.
			"scheduleOnTaintedNodes": pulumi.Bool(true),
		},
	}, append(opts, pulumi.AdditionalSecretOutputs([]string{"values"}))...)
	return err
}
