package hybridcluster

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

func (b *builder) declarePools() error {
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		ready, err := b.declarePool(pool)
		if err != nil {
			return fmt.Errorf("pool %s: %w", pool.Name, err)
		}
		if pool.OSType == apimodel.Windows {
			b.component.WindowsNodes = append(b.component.WindowsNodes, ready...)
		}
	}
	return nil
}

// declarePool declares a pool's nodes, and returns what to depend on for nodes
// that have joined. Every name comes from the pool's name and the node's number,
// never from the pool's place in the list.
func (b *builder) declarePool(pool *apimodel.AgentPoolProfile) ([]pulumi.Resource, error) {
	if pool.IsScaleSet() {
		set, err := b.declareScaleSet(pool)
		return []pulumi.Resource{set}, err
	}
	placed, err := b.newPlacement(firstboot.AvailabilitySetSuffix(pool), pool.MachineProfile)
	if err != nil {
		return nil, err
	}
	var ready []pulumi.Resource
	for i := range pool.Count {
		_, ext, err := b.declareMachine(b.worker(pool, i, placed))
		if err != nil {
			return nil, err
		}
		ready = append(ready, ext)
	}
	return ready, nil
}

// beforePools is what comes before any worker. Its own rights at registries are among
// it, so that they have time to work before the first pod lands.
func (b *builder) beforePools() []pulumi.Resource {
	return slices.Concat(b.control.booting(b.identity), b.pull.rights)
}

func (b *builder) worker(pool *apimodel.AgentPoolProfile, i int, placed placement) machine {
	name := pool.NodeName(i)
	m := machine{
		name: name, size: pool.VMSize,
		subnetID:              b.poolSubnetID(pool),
		guard:                 b.network.nodeGroup,
		acceleratedNetworking: pool.AcceleratedNetworking(),
		placement:             placed,
		number:                i,
		image:                 b.poolImage(pool),
		keepsOffer:            b.keepsOffer(pool),
		disks:                 b.poolDisks(pool).named(name),
		license:               b.license(pool),
		profile:               pool.MachineProfile,
		osProfile:             b.linuxProfile(name, b.workerCustomData(pool, i)),
		extension:             linuxExtension(),
		after:                 b.beforePools(),
		identityIDs:           identities(b.pull.resourceID),
	}
	if pool.OSType == apimodel.Windows {
		m.osProfile, m.extension = b.windowsProfile(pool, i), windowsExtension()
	}
	return m
}

// windowsProfile is the first login of a Windows machine.
func (b *builder) windowsProfile(pool *apimodel.AgentPoolProfile, i int) compute.OSProfileArgs {
	profile := b.def.Properties.WindowsProfile
	return compute.OSProfileArgs{
		ComputerName:         pulumi.String(pool.NodeName(i)),
		AdminUsername:        pulumi.String(profile.AdminUsername),
		AdminPassword:        b.login.windowsPassword,
		CustomData:           b.workerCustomData(pool, i),
		WindowsConfiguration: b.windowsConfiguration(),
		Secrets:              vaultSecrets(profile.Secrets),
	}
}

func (b *builder) windowsConfiguration() compute.WindowsConfigurationArgs {
	return compute.WindowsConfigurationArgs{
		EnableAutomaticUpdates: pulumi.Bool(isTrue(b.def.Properties.WindowsProfile.EnableAutomaticUpdates)),
		ProvisionVMAgent:       pulumi.Bool(true),
	}
}

// noLicense takes the user's licence off a machine: Azure leaves what an update does
// not name as it is. https://github.com/Azure/azure-cli/issues/8072
const noLicense = "None"

// license says whether the user has Windows licences (Azure Hybrid Benefit). It is
// empty for Linux.
// https://learn.microsoft.com/azure/virtual-machines/windows/hybrid-use-benefit-licensing
func (b *builder) license(pool *apimodel.AgentPoolProfile) string {
	switch {
	case b.def.OwnLicence(pool):
		return "Windows_Server"
	case pool.OSType == apimodel.Windows:
		return noLicense
	default:
		return ""
	}
}

// vaultSecrets are certificates that Azure puts on machines.
func vaultSecrets(groups []apimodel.KeyVaultSecrets) compute.VaultSecretGroupArray {
	var list compute.VaultSecretGroupArray
	for _, group := range groups {
		var certificates compute.VaultCertificateArray
		for _, c := range group.VaultCertificates {
			certificate := compute.VaultCertificateArgs{CertificateUrl: pulumi.String(c.CertificateURL)}
			if c.CertificateStore != "" {
				certificate.CertificateStore = pulumi.String(c.CertificateStore)
			}
			certificates = append(certificates, certificate)
		}
		var vault compute.SubResourceArgs
		if group.SourceVault != nil {
			vault.Id = pulumi.String(group.SourceVault.ID)
		}
		list = append(list, compute.VaultSecretGroupArgs{SourceVault: vault, VaultCertificates: certificates})
	}
	return list
}
