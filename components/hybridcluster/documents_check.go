package hybridcluster

import (
	"encoding/pem"
	"errors"
	"math/rand/v2"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// checkDocuments renders what the nodes will run, with stand-ins for what only
// resources know. A document is else rendered once its token exists, and that is
// in the middle of an update: a preview would not see that one is too large.
//
// The nodes of a pool differ in a digit of their names, so its first one stands
// for all.
func (b *builder) checkDocuments() error {
	cluster := b.bootstrapCluster("aaaaaa.aaaaaaaaaaaaaaaa", "sha256:"+strings.Repeat("0", 64), "203.0.113.100")
	material, cloud := standInPKI(), b.standInCloudConfig()
	var faults []error
	for i := range b.plan.MasterIPs {
		_, err := bootstrap.ControlPlane(cluster, b.masterNode(i), material, cloud)
		faults = append(faults, err)
	}
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		node := b.workerNode(pool, 0)
		var err error
		if pool.OSType == apimodel.Windows {
			options := b.windowsOptions(pool)
			options.AuthorizedKeys = b.standInSSHKeys()
			_, err = bootstrap.WindowsNode(cluster, node, options)
		} else {
			_, err = bootstrap.LinuxNode(cluster, node)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// standInSSHKeys are the definition's keys, or one like that which is generated.
func (b *builder) standInSSHKeys() []string {
	var keys []string
	for _, key := range b.def.Properties.LinuxProfile.SSH.PublicKeys {
		keys = append(keys, key.KeyData)
	}
	if len(keys) == 0 {
		keys = []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
	}
	return keys
}

func (b *builder) standInCloudConfig() bootstrap.CloudConfig {
	const id = "00000000-0000-0000-0000-000000000000"
	config := bootstrap.CloudConfig{
		TenantID: id, SubscriptionID: id, ResourceGroup: b.prefix, Location: b.location,
		VnetName: b.prefix, VnetResourceGroup: b.prefix, SubnetName: b.nodeSubnetName(),
		SecurityGroupName: b.prefix, LoadBalancerName: b.prefix,
		PrimaryAvailabilitySet: b.primaryAvailabilitySet(), PrimaryScaleSet: b.primaryScaleSet(),
		IdentityClientID: id,
	}
	config.ScaleSets = config.PrimaryScaleSet != ""
	if principal := b.def.Properties.ServicePrincipalProfile; principal != nil && principal.KeyvaultSecretRef != nil {
		ref := principal.KeyvaultSecretRef
		config.ClientSecretRef = &bootstrap.KeyVaultSecret{
			VaultURL: ref.VaultURL(), Name: ref.SecretName, Version: ref.Version, IdentityClientID: id,
		}
		config.IdentityClientID, config.ClientID = "", id
	}
	return config
}

// standInPKI has the sizes of RSA keys of 2048 bits and their certificates, and
// compresses as badly. It is the same at each run.
func standInPKI() bootstrap.PKI {
	source := rand.NewChaCha8([32]byte{})
	block := func(kind string, size int) string {
		bytes := make([]byte, size)
		_, _ = source.Read(bytes) // never an error
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	certificate := func() string { return block("CERTIFICATE", 850) }
	key := func() string { return block("RSA PRIVATE KEY", 1192) }
	return bootstrap.PKI{
		CACert: certificate(), CAKey: key(), FrontProxyCACert: certificate(), FrontProxyCAKey: key(),
		EtcdCACert: certificate(), EtcdCAKey: key(), ServiceAccountPublicKey: block("PUBLIC KEY", 294), ServiceAccountKey: key(),
	}
}
