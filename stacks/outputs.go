package stacks

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// The names of the program's outputs.
const (
	OutputKubeconfig           = "kubeconfig" // secret, YAML
	OutputAPIServer            = "apiServer"  // https://<fqdn>:6443
	OutputResourceGroup        = "resourceGroup"
	OutputLocation             = "location"
	OutputKubernetesVersion    = "kubernetesVersion"
	OutputNodes                = "nodes"         // list of {name, pool, os, role}
	OutputWorkloadURL          = "workloadUrl"   // absent without the workload
	OutputAdminUsername        = "adminUsername" // Linux
	OutputSSHPublicKey         = "sshPublicKey"
	OutputSSHPrivateKey        = "sshPrivateKey" // secret; only where it was generated
	OutputSSH                  = "ssh"           // how to get in, and host keys: sshaccess.Access
	OutputWindowsAdminUsername = "windowsAdminUsername"
	OutputWindowsAdminPassword = "windowsAdminPassword" // secret
)

func exportCluster(ctx *pulumi.Context, d *apimodel.Definition, cluster *hybridcluster.HybridCluster) {
	ctx.Export(OutputKubeconfig, cluster.Kubeconfig)
	ctx.Export(OutputAPIServer, cluster.APIServer)
	ctx.Export(OutputResourceGroup, cluster.ResourceGroupName)
	ctx.Export(OutputLocation, pulumi.String(d.Location))
	ctx.Export(OutputKubernetesVersion, pulumi.String(d.Release().Kubernetes))
	ctx.Export(OutputNodes, nodeList(d))
	ctx.Export(OutputAdminUsername, pulumi.String(d.Properties.LinuxProfile.AdminUsername))
	ctx.Export(OutputSSHPublicKey, cluster.SSHPublicKey)
	if cluster.GeneratedSSHKey {
		ctx.Export(OutputSSHPrivateKey, cluster.SSHPrivateKey)
	}
	ctx.Export(OutputSSH, cluster.SSH)
	if len(windowsReleases(d)) > 0 {
		ctx.Export(OutputWindowsAdminUsername, pulumi.String(d.Properties.WindowsProfile.AdminUsername))
		ctx.Export(OutputWindowsAdminPassword, cluster.WindowsAdminPassword)
	}
}

// nodeList names every node of the definition, sorted, so that the order of
// pools changes no output.
func nodeList(d *apimodel.Definition) pulumi.Array {
	var list pulumi.Array
	for _, n := range sortedNodes(d) {
		fields := pulumi.StringMap{}
		for name, value := range nodeFields(n) {
			fields[name] = pulumi.String(value.(string))
		}
		list = append(list, fields)
	}
	return list
}

func sortedNodes(d *apimodel.Definition) []apimodel.Node {
	nodes := d.Nodes()
	slices.SortFunc(nodes, func(a, b apimodel.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes
}

// nodeFields is a node as the output has it; all values are strings.
func nodeFields(n apimodel.Node) map[string]any {
	return map[string]any{"name": n.Name, "pool": n.Pool, "os": strings.ToLower(string(n.OSType)), "role": n.Role}
}
