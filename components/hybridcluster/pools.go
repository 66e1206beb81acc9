package hybridcluster

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// poolLabel names a node's pool on the node.
const poolLabel = "agentpool"

func (b *builder) declarePools() error {
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		if err := b.declarePool(pool); err != nil {
			return fmt.Errorf("pool %s: %w", pool.Name, err)
		}
	}
	return nil
}

// declarePool declares a pool's nodes. Every name comes from the pool's name and
// the node's number, never from the pool's place in the list.
func (b *builder) declarePool(pool *apimodel.AgentPoolProfile) error {
	set, err := b.newAvailabilitySet(availabilitySetSuffix(pool.Name))
	if err != nil {
		return err
	}
	for i := range pool.Count {
		m := b.linuxWorker(pool, i, set)
		if pool.OSType == apimodel.Windows {
			m = b.windowsWorker(pool, i, set)
		}
		_, ext, err := b.declareMachine(m)
		if err != nil {
			return err
		}
		if pool.OSType == apimodel.Windows {
			b.component.WindowsNodes = append(b.component.WindowsNodes, ext)
		}
	}
	return nil
}

func (b *builder) linuxWorker(pool *apimodel.AgentPoolProfile, i int, set *compute.AvailabilitySet) machine {
	name := pool.NodeName(i)
	node := bootstrap.Node{Name: name, Labels: poolLabels(pool)}
	customData := b.workerCustomData(func(c bootstrap.Cluster) (string, error) { return bootstrap.LinuxNode(c, node) })
	return machine{
		name: name, size: pool.VMSize,
		subnetID:        b.network.nodeSubnetID,
		availabilitySet: set,
		image:           linuxImage(parseVMSize(pool.VMSize)),
		osDiskSizeGB:    pool.OSDiskSizeGB,
		osProfile:       b.linuxProfile(name, customData),
		extension:       linuxExtension(),
	}
}

func (b *builder) windowsWorker(pool *apimodel.AgentPoolProfile, i int, set *compute.AvailabilitySet) machine {
	name := pool.NodeName(i)
	profile := b.def.Properties.WindowsProfile
	automaticUpdates := profile.EnableAutomaticUpdates != nil && *profile.EnableAutomaticUpdates
	return machine{
		name: name, size: pool.VMSize,
		subnetID:        b.network.nodeSubnetID,
		availabilitySet: set,
		image:           windowsImage(pool.WindowsRelease, parseVMSize(pool.VMSize)),
		osDiskSizeGB:    pool.OSDiskSizeGB,
		osProfile: compute.OSProfileArgs{
			ComputerName:  pulumi.String(name),
			AdminUsername: pulumi.String(profile.AdminUsername),
			AdminPassword: b.login.windowsPassword,
			CustomData:    b.windowsCustomData(pool, name, automaticUpdates),
			WindowsConfiguration: compute.WindowsConfigurationArgs{
				EnableAutomaticUpdates: pulumi.Bool(automaticUpdates),
				ProvisionVMAgent:       pulumi.Bool(true),
			},
		},
		extension: windowsExtension(),
	}
}

func (b *builder) windowsCustomData(pool *apimodel.AgentPoolProfile, name string, automaticUpdates bool) pulumi.StringOutput {
	node := bootstrap.Node{Name: name, Labels: poolLabels(pool)}
	profile := b.def.Properties.WindowsProfile
	keys := make([]any, len(b.login.sshPublicKeys))
	for i, key := range b.login.sshPublicKeys {
		keys[i] = key
	}
	authorized := pulumi.All(keys...)
	return authorized.ApplyT(func(v []any) pulumi.StringOutput {
		options := bootstrap.WindowsOptions{
			OpenSSH:          profile.SSHEnabled != nil && *profile.SSHEnabled,
			WinRM:            pool.HasExtension("winrm"),
			AutomaticUpdates: automaticUpdates,
		}
		for _, key := range v {
			options.AuthorizedKeys = append(options.AuthorizedKeys, key.(string))
		}
		return b.workerCustomData(func(c bootstrap.Cluster) (string, error) {
			return bootstrap.WindowsNode(c, node, options)
		})
	}).(pulumi.StringOutput)
}

// workerCustomData renders a worker's document. It holds the bootstrap token, so
// it is a secret.
func (b *builder) workerCustomData(render func(bootstrap.Cluster) (string, error)) pulumi.StringOutput {
	document := pulumi.All(b.pki.token, b.pki.caCertHash, b.frontend.address).ApplyT(func(v []any) (string, error) {
		text, err := render(b.bootstrapCluster(v[0].(string), v[1].(string), v[2].(string)))
		if err != nil {
			return "", err
		}
		return encodeCustomData(text), nil
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

func poolLabels(pool *apimodel.AgentPoolProfile) map[string]string {
	labels := map[string]string{poolLabel: pool.Name}
	maps.Copy(labels, pool.CustomNodeLabels)
	return labels
}
