package hybridcluster

import (
	"encoding/base64"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// poolLabel names a node's pool on the node.
const poolLabel = "agentpool"

// kubernetes are the definition's Kubernetes settings, which its defaults made.
func (b *builder) kubernetes() *apimodel.KubernetesConfig {
	return b.def.Properties.OrchestratorProfile.KubernetesConfig
}

// bootstrapCluster is what each node is told about the cluster. The token and
// the hash come from resources, so this runs inside an apply.
func (b *builder) bootstrapCluster(token, caCertHash, apiAddress string) bootstrap.Cluster {
	return bootstrap.Cluster{
		Name:                  b.prefix,
		Endpoint:              b.endpoint,
		EndpointIP:            b.plan.APIServerIP,
		Release:               b.release,
		PodCIDR:               b.plan.Pods,
		ServiceCIDR:           b.plan.Services,
		DNSServiceIP:          b.plan.DNSServiceIP,
		SubjectAltNames:       append([]string{apiAddress}, b.def.Properties.MasterProfile.SubjectAltNames...),
		MasterIPs:             b.plan.MasterIPs,
		APIServerArgs:         b.def.APIServerFlags(),
		ControllerManagerArgs: b.def.ControllerManagerFlags(),
		SchedulerArgs:         b.def.SchedulerFlags(),
		ProxyMode:             b.kubernetes().KubeProxyMode,
		CACertHash:            caCertHash,
		Token:                 token,
	}
}

// masterNode is what a master is told about itself.
func (b *builder) masterNode(i int) bootstrap.Node {
	profile := b.def.Properties.MasterProfile
	node := b.machineNode(profile.MachineProfile, i)
	node.Name = b.def.MasterName(i)
	node.PrivateIP = b.plan.MasterIPs[i]
	node.KubeletArgs = b.def.KubeletFlags(nil)
	for _, f := range profile.CustomFiles {
		node.Files = append(node.Files, bootstrap.NodeFile{Path: f.Dest, Content: f.Content})
	}
	return node
}

// workerNode is what a worker is told about itself. The machines of a scale set
// share one document, and take the name that Azure gives them.
func (b *builder) workerNode(pool *apimodel.AgentPoolProfile, i int) bootstrap.Node {
	node := b.machineNode(pool.MachineProfile, i)
	if !pool.IsScaleSet() {
		node.Name = pool.NodeName(i)
	}
	node.Labels = map[string]string{poolLabel: pool.Name}
	maps.Copy(node.Labels, b.def.NodeLabels(pool))
	node.Taints = b.def.NodeTaints(pool)
	node.KubeletArgs = b.def.KubeletFlags(pool)
	return node
}

func (b *builder) machineNode(profile apimodel.MachineProfile, i int) bootstrap.Node {
	linux := b.def.Properties.LinuxProfile
	node := bootstrap.Node{
		Sysctls:              profile.SysctldConfig,
		AuditD:               isTrue(profile.AuditDEnabled),
		UpgradeAtBoot:        isTrue(linux.RunUnattendedUpgradesOnBootstrap),
		NoUnattendedUpgrades: !isTrue(linux.EnableUnattendedUpgrades),
		Scripts:              b.scripts(profile, i),
	}
	if dns := linux.CustomNodesDNS; dns != nil {
		node.DNSServer = dns.DNSServer
	}
	if domain := linux.CustomSearchDomain; domain != nil {
		node.SearchDomain = domain.Name
	}
	return node
}

// scripts are the user's own that run on the machine with that number.
func (b *builder) scripts(profile apimodel.MachineProfile, i int) []bootstrap.Script {
	var scripts []bootstrap.Script
	add := func(e apimodel.Extension, beforeJoin bool) {
		declared := b.def.ExtensionProfile(e.Name)
		if e.Name == apimodel.WinRM || declared == nil || (e.IsSingle() && i > 0) {
			return
		}
		scripts = append(scripts, bootstrap.Script{
			Name: declared.Name, URL: declared.URL(), SHA256: strings.ToLower(declared.ScriptSHA256),
			Parameters: declared.ExtensionParameters, BeforeJoin: beforeJoin,
		})
	}
	if e := profile.PreProvisionExtension; e != nil {
		add(*e, true)
	}
	for _, e := range profile.Extensions {
		add(e, false)
	}
	return scripts
}

// masterCustomData renders the document that holds the cluster's root keys. It
// is a secret because they are.
func (b *builder) masterCustomData(i int) pulumi.StringOutput {
	node := b.masterNode(i)
	document := pulumi.All(
		b.pki.token, b.pki.caCertHash, b.frontend.address, b.pki.material(), b.cloudConfig(),
	).ApplyT(func(v []any) (string, error) {
		cluster := b.bootstrapCluster(v[0].(string), v[1].(string), v[2].(string))
		text, err := bootstrap.ControlPlane(cluster, node, v[3].(bootstrap.PKI), v[4].(bootstrap.CloudConfig))
		if err != nil {
			return "", err
		}
		return encodeCustomData(text), nil
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

// workerCustomData renders a worker's document.
func (b *builder) workerCustomData(pool *apimodel.AgentPoolProfile, i int) pulumi.StringOutput {
	node := b.workerNode(pool, i)
	if pool.OSType != apimodel.Windows {
		return b.renderWorker(func(c bootstrap.Cluster) (string, error) { return bootstrap.LinuxNode(c, node) })
	}
	keys := make([]any, len(b.login.sshPublicKeys))
	for i, key := range b.login.sshPublicKeys {
		keys[i] = key
	}
	return pulumi.All(keys...).ApplyT(func(v []any) pulumi.StringOutput {
		options := b.windowsOptions(pool)
		for _, key := range v {
			options.AuthorizedKeys = append(options.AuthorizedKeys, key.(string))
		}
		return b.renderWorker(func(c bootstrap.Cluster) (string, error) {
			return bootstrap.WindowsNode(c, node, options)
		})
	}).(pulumi.StringOutput)
}

func (b *builder) windowsOptions(pool *apimodel.AgentPoolProfile) bootstrap.WindowsOptions {
	profile := b.def.Properties.WindowsProfile
	options := bootstrap.WindowsOptions{
		OpenSSH:          isTrue(profile.SSHEnabled),
		WinRM:            pool.HasExtension(apimodel.WinRM),
		AutomaticUpdates: isTrue(profile.EnableAutomaticUpdates),
		SecureTLS:        isTrue(profile.WindowsSecureTLSEnabled),
		DataDisks:        len(pool.DiskSizesGB),
	}
	if isTrue(profile.EnableCSIProxy) {
		options.CSIProxyURL, options.CSIProxySHA256 = profile.CSIProxyURL, strings.ToLower(profile.CSIProxySHA256)
	}
	return options
}

// renderWorker holds the bootstrap token, so it is a secret.
func (b *builder) renderWorker(render func(bootstrap.Cluster) (string, error)) pulumi.StringOutput {
	document := pulumi.All(b.pki.token, b.pki.caCertHash, b.frontend.address).ApplyT(func(v []any) (string, error) {
		text, err := render(b.bootstrapCluster(v[0].(string), v[1].(string), v[2].(string)))
		if err != nil {
			return "", err
		}
		return encodeCustomData(text), nil
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

// cloudConfig is what the cloud provider is told; only masters run it.
func (b *builder) cloudConfig() pulumi.Output {
	return pulumi.All(
		b.identity.tenantID, b.group.subscriptionID(), b.group.name,
		b.network.vnetName, b.network.vnetGroup, b.network.nodeGroupName,
		b.identity.identityClientID, b.identity.clientID, b.identity.clientSecret,
	).ApplyT(func(v []any) bootstrap.CloudConfig {
		s := func(i int) string { return v[i].(string) }
		config := bootstrap.CloudConfig{
			TenantID: s(0), SubscriptionID: s(1), ResourceGroup: s(2), Location: b.location,
			VnetName: s(3), VnetResourceGroup: s(4), SubnetName: b.nodeSubnetName(),
			SecurityGroupName: s(5), LoadBalancerName: b.prefix,
			PrimaryAvailabilitySet: b.primaryAvailabilitySet(),
			PrimaryScaleSet:        b.primaryScaleSet(),
			IdentityClientID:       s(6), ClientID: s(7), ClientSecret: s(8),
		}
		config.ScaleSets = config.PrimaryScaleSet != ""
		if ref := b.identity.secretRef; ref != nil {
			// The identity is there to read the secret, not to act as the cloud provider.
			config.ClientSecretRef = &bootstrap.KeyVaultSecret{
				VaultURL: ref.VaultURL(), Name: ref.SecretName, Version: ref.Version, IdentityClientID: config.IdentityClientID,
			}
			config.IdentityClientID = ""
		}
		return config
	})
}

// firstPool is the first pool by name of those that are wanted, so that the order
// of pools means nothing; nil for none.
func (b *builder) firstPool(wanted func(*apimodel.AgentPoolProfile) bool) *apimodel.AgentPoolProfile {
	var first *apimodel.AgentPoolProfile
	for _, p := range b.def.Properties.AgentPoolProfiles {
		if wanted(p) && (first == nil || p.Name < first.Name) {
			first = p
		}
	}
	return first
}

// primaryAvailabilitySet is that of the first pool which has one.
func (b *builder) primaryAvailabilitySet() string {
	pool := b.firstPool(func(p *apimodel.AgentPoolProfile) bool { return !p.IsScaleSet() && len(p.AvailabilityZones) == 0 })
	if pool == nil {
		return ""
	}
	return b.prefix + "-" + availabilitySetSuffix(pool.Name)
}

// primaryScaleSet is the first scale set.
func (b *builder) primaryScaleSet() string {
	pool := b.firstPool((*apimodel.AgentPoolProfile).IsScaleSet)
	if pool == nil {
		return ""
	}
	return b.scaleSetName(pool)
}

func (b *builder) scaleSetName(pool *apimodel.AgentPoolProfile) string {
	return fmt.Sprintf("%s-%s", b.prefix, pool.Name)
}

func availabilitySetSuffix(pool string) string { return pool + "-as" }

func isTrue(b *bool) bool { return b != nil && *b }

// encodeCustomData turns a rendered document into what Azure takes.
func encodeCustomData(document string) string {
	return base64.StdEncoding.EncodeToString([]byte(document))
}
