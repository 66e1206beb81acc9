// Package firstboot says what the machines of a cluster definition run at their
// first boot: it turns a definition into what package bootstrap renders.
//
// Everything here is a pure function. The component calls it with what its
// resources know, and Preview with stand-ins for that, so what a preview shows is
// what a machine runs.
package firstboot

import (
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// poolLabel names a node's pool on the node.
const poolLabel = "agentpool"

// Cluster is a definition as its machines are told of it.
type Cluster struct {
	// Definition is defaulted and valid.
	Definition *apimodel.Definition
	// Mirrors are where nodes fetch from in place of the publishers.
	Mirrors bootstrap.Mirrors
}

// Facts are what only a cluster's resources know.
type Facts struct {
	// Token is the bootstrap token, "[a-z0-9]{6}.[a-z0-9]{16}". It is a secret.
	Token string
	// CACertHash pins the cluster CA: "sha256:" and 64 hex digits.
	CACertHash string
	// APIAddress is the address of the API server's load balancer.
	APIAddress string
	// HostKey is the SSH host key of the machine, or of its pool.
	HostKey bootstrap.HostKey
	// TenantID and PullClientID are the directory and the client id of the identity that
	// nodes pull from registries as; empty where they do not.
	TenantID, PullClientID string
}

// Master renders the document of a master, by its number. It is a secret: it
// holds the cluster's root keys.
func (c Cluster) Master(i int, f Facts, pki bootstrap.PKI, azure Azure) (string, error) {
	node := c.master(i)
	node.HostKey = f.HostKey
	return bootstrap.ControlPlane(c.told(f), node, pki, c.cloudConfig(azure))
}

// Worker renders the document of a pool's machine, by its number; the machines of
// a scale set share that of number 0. Windows machines let in the SSH keys, in
// authorized_keys form. The document is a secret: it holds the bootstrap token.
func (c Cluster) Worker(pool *apimodel.AgentPoolProfile, i int, f Facts, sshKeys []string) (string, error) {
	node := c.worker(pool, i)
	node.HostKey = f.HostKey
	if pool.OSType != apimodel.Windows {
		return bootstrap.LinuxNode(c.told(f), node)
	}
	return bootstrap.WindowsNode(c.told(f), node, c.windowsOptions(pool, sshKeys))
}

// Prefix starts the name of each of the cluster's Azure resources: the dnsPrefix.
func Prefix(d *apimodel.Definition) string { return d.Properties.MasterProfile.DNSPrefix }

// Endpoint is the name that the nodes know the API server by. It is known before
// anything exists, so previews and certificates can use it. A private API server
// has no public name; "internal" is the domain that is kept for such names.
// https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses#domain-name-label
func Endpoint(d *apimodel.Definition) string {
	if d.IsPrivate() {
		return "api." + Prefix(d) + ".internal"
	}
	return fmt.Sprintf("%s.%s.cloudapp.azure.com", Prefix(d), d.Location)
}

// SSHKeys are the definition's, in authorized_keys form; none where one is to be
// generated.
func SSHKeys(d *apimodel.Definition) []string {
	var keys []string
	for _, k := range d.Properties.LinuxProfile.SSH.PublicKeys {
		if k.KeyData != "" {
			keys = append(keys, strings.TrimSpace(k.KeyData))
		}
	}
	return keys
}

// told is what each node is told about the cluster.
func (c Cluster) told(f Facts) bootstrap.Cluster {
	d, plan := c.Definition, c.Definition.AddressPlan()
	return bootstrap.Cluster{
		Name:                  Prefix(d),
		Endpoint:              Endpoint(d),
		EndpointIP:            plan.APIServerIP,
		Release:               d.Release(),
		PodCIDR:               plan.Pods,
		ServiceCIDR:           plan.Services,
		DNSServiceIP:          plan.DNSServiceIP,
		SubjectAltNames:       append([]string{f.APIAddress}, d.Properties.MasterProfile.SubjectAltNames...),
		MasterIPs:             plan.MasterIPs,
		APIServerArgs:         d.APIServerFlags(),
		ControllerManagerArgs: d.ControllerManagerFlags(),
		SchedulerArgs:         d.SchedulerFlags(),
		ProxyMode:             d.Properties.OrchestratorProfile.KubernetesConfig.KubeProxyMode,
		Mirrors:               c.Mirrors,
		Registries:            c.registryLogin(f),
		CACertHash:            f.CACertHash,
		Token:                 f.Token,
	}
}

// master is what a master is told about itself.
func (c Cluster) master(i int) bootstrap.Node {
	profile := c.Definition.Properties.MasterProfile
	node := c.machine(profile.MachineProfile, i)
	node.Name = c.Definition.MasterName(i)
	node.PrivateIP = c.Definition.AddressPlan().MasterIPs[i]
	node.KubeletArgs = c.Definition.KubeletFlags(nil)
	for _, f := range profile.CustomFiles {
		node.Files = append(node.Files, bootstrap.NodeFile{Path: f.Dest, Content: f.Content})
	}
	return node
}

// worker is what a worker is told about itself. The machines of a scale set share
// one document, and take the name that Azure gives them.
func (c Cluster) worker(pool *apimodel.AgentPoolProfile, i int) bootstrap.Node {
	node := c.machine(pool.MachineProfile, i)
	if !pool.IsScaleSet() {
		node.Name = pool.NodeName(i)
	}
	node.Labels = poolLabels(c.Definition, pool)
	node.Taints = c.Definition.NodeTaints(pool)
	node.KubeletArgs = c.Definition.KubeletFlags(pool)
	node.HasIdentity = c.Definition.PullRegistries() != nil
	return node
}

func (c Cluster) machine(profile apimodel.MachineProfile, i int) bootstrap.Node {
	linux := c.Definition.Properties.LinuxProfile
	node := bootstrap.Node{
		Sysctls:              profile.SysctldConfig,
		AuditD:               isTrue(profile.AuditDEnabled),
		UpgradeAtBoot:        isTrue(linux.RunUnattendedUpgradesOnBootstrap),
		NoUnattendedUpgrades: !isTrue(linux.EnableUnattendedUpgrades),
		Scripts:              c.scripts(profile, i),
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
func (c Cluster) scripts(profile apimodel.MachineProfile, i int) []bootstrap.Script {
	var scripts []bootstrap.Script
	add := func(e apimodel.Extension, beforeJoin bool) {
		declared := c.Definition.ExtensionProfile(e.Name)
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

func (c Cluster) windowsOptions(pool *apimodel.AgentPoolProfile, sshKeys []string) bootstrap.WindowsOptions {
	profile := c.Definition.Properties.WindowsProfile
	options := bootstrap.WindowsOptions{
		OpenSSH:          isTrue(profile.SSHEnabled),
		AuthorizedKeys:   sshKeys,
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

func isTrue(b *bool) bool { return b != nil && *b }
