package bootstrap

import (
	_ "embed" // the files of a Linux node
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The files of a Linux node that are the same on each.
var (
	//go:embed files/linux/bootstrap.sh
	bootstrapScript string
	//go:embed files/linux/machine.sh
	machineScript string
	//go:embed files/linux/kubernetes.sh
	kubernetesScript string
	//go:embed files/linux/control-plane.sh
	controlPlaneScript string
	//go:embed files/linux/mirrors.sh
	mirrorsScript string
	//go:embed files/linux/scripts.sh
	scriptsScript string
	//go:embed files/linux/keyvault.py
	keyVaultScript string
	//go:embed files/linux/scrub.py
	scrubScript string
	//go:embed files/linux/wireserver.sh
	wireserverScript string
	//go:embed files/linux/hybridcluster-wireserver.service
	wireserverUnit string
	//go:embed files/linux/api-redirect.sh
	apiRedirectScript string
	//go:embed files/linux/hybridcluster-api-redirect.service
	apiRedirectUnit string
	//go:embed files/linux/hybridcluster-bootstrap.service
	bootstrapUnit string
	//go:embed files/linux/hybridcluster-scrub.service
	scrubUnit string
	//go:embed files/linux/var-lib-etcddisk.mount
	etcdMountUnit string
	//go:embed files/linux/containerd.service
	containerdUnit string
)

const (
	libDir          = "/usr/local/lib/hybridcluster"
	environmentPath = "/etc/hybridcluster/bootstrap.env"
)

// ControlPlane renders the cloud-init document of a master. The first master
// (index 0 of MasterIPs) initialises the cluster and the others join it; a first
// master that is made again joins, too. All masters' documents hold the same
// root material, so no certificate key goes from one to another.
//
// The document is a secret: it holds the cluster's private keys. One of more than
// 48 KiB is compressed with gzip: it is no text, and cloud-init reads it all the
// same.
func ControlPlane(c Cluster, n Node, pki PKI, cloud CloudConfig) (string, error) {
	if err := errors.Join(checkMaster(c, n, pki), checkLinux(c, n)); err != nil {
		return "", err
	}
	azure, err := AzureJSON(cloud)
	if err != nil {
		return "", fmt.Errorf("master %s: %w", n.Name, err)
	}
	files, r, err := masterFiles(c, n)
	if err != nil {
		return "", fmt.Errorf("master %s: %w", n.Name, err)
	}
	if cloud.ClientSecretRef != nil {
		files = append(files, rootFile(libDir+"/keyvault.py", modeProgram, keyVaultScript))
	}
	files = append(files,
		rootFile(etcdMountPath, modePublic, etcdMountUnit),
		rootFile(etcdDropInPath, modePublic, etcdDropIn))
	if c.EndpointIP != "" {
		files = append(files, rootFile(libDir+"/api-redirect.sh", modeProgram, apiRedirectScript),
			rootFile(apiRedirectPath, modePublic, apiRedirectUnit))
	}
	files = append(files, pki.files()...)
	files = append(files, rootFile("/etc/kubernetes/azure.json", modeSecret, azure))
	registries, err := c.registryFiles()
	if err != nil {
		return "", fmt.Errorf("master %s: %w", n.Name, err)
	}
	return linuxDocument(c, n, environment(c, n, r, cloud.ClientSecretRef), append(files, registries...)).render(n)
}

// masterFiles are kubeadm's documents. The first of several masters has two
// sets, and finds out at its boot which of them it needs.
func masterFiles(c Cluster, n Node) ([]writeFile, role, error) {
	files := []writeFile{rootFile(libDir+"/control-plane.sh", modePublic, controlPlaneScript)}
	if n.PrivateIP != c.MasterIPs[0] {
		documents, err := marshalYAML(masterJoin(c, n, patientDiscovery))
		return append(files, rootFile(KubeadmConfigPath, modeSecret, documents)), roleJoin, err
	}
	documents, err := marshalYAML(initDocuments(c, n)...)
	if err != nil {
		return nil, roleInit, err
	}
	files = append(files, rootFile(KubeadmConfigPath, modeSecret, documents))
	if len(c.MasterIPs) == 1 {
		return files, roleInit, nil
	}
	documents, err = marshalYAML(masterJoin(c, n, shortDiscovery))
	return append(files, rootFile(RejoinConfigPath, modeSecret, documents)), roleInit, err
}

// LinuxNode renders the cloud-init document of a Linux worker, or that of all
// instances of a scale set. The document is a secret: it holds the bootstrap
// token. A large one is compressed, as a master's is.
func LinuxNode(c Cluster, n Node) (string, error) {
	if err := errors.Join(checkNode(c, n), checkLinux(c, n)); err != nil {
		return "", err
	}
	documents, err := marshalYAML(linuxJoin(c, n))
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), err)
	}
	files, err := c.registryFiles()
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), err)
	}
	files = append(files, rootFile(KubeadmConfigPath, modeSecret, documents))
	return linuxDocument(c, n, environment(c, n, roleNode, nil), files).render(n)
}

// linuxDocument is what every Linux node gets, and the files of its role.
func linuxDocument(c Cluster, n Node, environment string, roleFiles []writeFile) cloudInit {
	files := []writeFile{
		rootFile(libDir+"/bootstrap.sh", modeProgram, bootstrapScript),
		rootFile(libDir+"/machine.sh", modePublic, machineScript),
		rootFile(libDir+"/kubernetes.sh", modePublic, kubernetesScript),
		rootFile(libDir+"/scrub.py", modeProgram, scrubScript),
		rootFile(libDir+"/wireserver.sh", modeProgram, wireserverScript),
		rootFile(environmentPath, modePublic, environment),
	}
	files = append(files, systemFiles(c, n)...)
	files = append(files, c.mirrorFiles()...)
	files = append(files, roleFiles...)
	files = append(files, scriptFiles(n.Scripts)...)
	for _, f := range n.Files {
		files = append(files, rootFile(f.Path, modePublic, f.Content))
	}
	// Last, so that who sees it sees all that it needs.
	files = append(files, rootFile(unitsDir+bootstrapUnitName, modePublic, bootstrapUnit))
	doc := cloudInit{WriteFiles: files, RunCmd: [][]string{startBootstrap}}
	doc.hostKey(n.HostKey)
	return doc
}

// bootstrapUnitName is the unit that makes the machine a node. It is enabled, so that it
// goes on after a restart: cloud-init runs its commands at the first start alone.
const bootstrapUnitName = "hybridcluster-bootstrap.service"

// startBootstrap does not wait: it runs inside a unit of cloud-init's.
var startBootstrap = []string{"systemctl", "enable", "--now", "--no-block", bootstrapUnitName}

// The files of systemFiles. A definition may not write them, too.
const (
	modulesPath      = "/etc/modules-load.d/hybridcluster.conf"
	sysctlsPath      = "/etc/sysctl.d/90-hybridcluster.conf"
	ownSysctlsPath   = "/etc/sysctl.d/95-hybridcluster.conf"
	resolvedPath     = "/etc/systemd/resolved.conf.d/hybridcluster.conf"
	podsResolverPath = "/etc/hybridcluster/resolv.conf"
	containerdPath   = "/etc/containerd/config.toml"
	crictlPath       = "/etc/crictl.yaml"
	unitsDir         = "/etc/systemd/system/"
	etcdDropInPath   = unitsDir + "kubelet.service.d/20-etcd-disk.conf"
	watchdogPath     = unitsDir + "kubelet.service.d/30-watchdog.conf"
	etcdMountPath    = unitsDir + "var-lib-etcddisk.mount"
	// apiRedirectPath leads a master past the internal load balancer.
	apiRedirectPath = unitsDir + "hybridcluster-api-redirect.service"
)

var ownPaths = []string{
	modulesPath, sysctlsPath, ownSysctlsPath, resolvedPath, containerdPath, crictlPath,
	unitsDir + "containerd.service", unitsDir + "hybridcluster-wireserver.service", unitsDir + bootstrapUnitName,
	unitsDir + "hybridcluster-scrub.service", etcdDropInPath, etcdMountPath, watchdogPath,
	"/etc/kubernetes/azure.json", apiRedirectPath,
}

// systemFiles configure the system and the container runtime.
func systemFiles(c Cluster, n Node) []writeFile {
	files := []writeFile{
		rootFile(modulesPath, modePublic, modules(n)),
		rootFile(sysctlsPath, modePublic, nodeSysctls(n)),
		rootFile(containerdPath, modePublic, linuxContainerdConfig(c.Release)),
		rootFile(crictlPath, modePublic, crictlConfig(linuxCRISocket)),
		rootFile(unitsDir+"containerd.service", modePublic, containerdUnit),
		rootFile(unitsDir+"hybridcluster-wireserver.service", modePublic, wireserverUnit),
		rootFile(unitsDir+"hybridcluster-scrub.service", modePublic, scrubUnit),
		rootFile(watchdogPath, modePublic, watchdogDropIn),
	}
	if len(n.Sysctls) > 0 {
		var lines strings.Builder
		for _, name := range slices.Sorted(maps.Keys(n.Sysctls)) {
			lines.WriteString(name + " = " + n.Sysctls[name] + "\n")
		}
		files = append(files, rootFile(ownSysctlsPath, modePublic, lines.String()))
	}
	if n.DNSServer != "" {
		files = append(files, rootFile(podsResolverPath, modePublic, podsResolver(n)))
	}
	if n.DNSServer != "" || n.SearchDomain != "" {
		files = append(files, rootFile(resolvedPath, modePublic, resolvedConfig(n)))
	}
	return files
}

// modules are loaded at each start, before the kernel parameters are set. Those of
// connection tracking exist only with its module, which else comes later.
func modules(n Node) string {
	list := "overlay\nbr_netfilter\n"
	for name := range n.Sysctls {
		if matches(`net[./]netfilter[./].*`, name) {
			return list + "nf_conntrack\n"
		}
	}
	return list
}

// podsResolver is what pods find in /etc/resolv.conf that ask as their node does, CoreDNS
// first of all.
func podsResolver(n Node) string {
	config := "nameserver " + n.DNSServer + "\n"
	if n.SearchDomain != "" {
		config += "search " + n.SearchDomain + "\n"
	}
	return config
}

// resolvedConfig is a drop-in for systemd-resolved. The domain "~." sends every
// question to this server, and none to the one that Azure's DHCP names:
// https://www.freedesktop.org/software/systemd/man/latest/resolved.conf.html
func resolvedConfig(n Node) string {
	config := "[Resolve]\n"
	var domains []string
	if n.DNSServer != "" {
		config += "DNS=" + n.DNSServer + "\n"
		domains = append(domains, "~.")
	}
	if n.SearchDomain != "" {
		domains = append(domains, n.SearchDomain)
	}
	return config + "Domains=" + strings.Join(domains, " ") + "\n"
}

// files are the root material at the places where kubeadm looks for it.
func (p PKI) files() []writeFile {
	var list []writeFile
	for _, part := range p.parts() {
		mode := modePublic
		if part.secret {
			mode = modeSecret
		}
		list = append(list, rootFile(pkiDir+"/"+part.path, mode, part.pem))
	}
	return list
}

// sysctls let bridged and forwarded pod traffic through, and raise limits that
// a node full of pods runs into.
const sysctls = `net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1
fs.inotify.max_user_instances = 8192
fs.inotify.max_user_watches = 524288
`

// etcdDropIn keeps the kubelet of a master, and with it etcd, from starting before
// etcd's disk is there: without its data etcd would begin a new, empty cluster.
//
// A requirement would not do. Where the disk is late, systemd gives up on what
// requires it for good: https://github.com/Azure/aks-engine/issues/3807
// The kubelet's own unit tries again every ten seconds, and mounts the disk itself
// where systemd has given up on it.
const etcdDropIn = `[Unit]
After=var-lib-etcddisk.mount
Wants=var-lib-etcddisk.mount

[Service]
ExecStartPre=/bin/sh -c 'mountpoint -q ` + etcdMount + ` || mount LABEL=etcd_disk ` + etcdMount + `'
`

// watchdogDropIn lets systemd restart a kubelet that hangs. The kubelet tells it that it
// is well since 1.32: https://kubernetes.io/docs/reference/node/systemd-watchdog/
const watchdogDropIn = `[Service]
WatchdogSec=60s
`
