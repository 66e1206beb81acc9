package bootstrap

import (
	_ "embed" // the files of a Linux node
	"fmt"
)

// The files of a Linux node that are the same on each.
var (
	//go:embed files/linux/bootstrap.sh
	bootstrapScript string
	//go:embed files/linux/scrub.py
	scrubScript string
	//go:embed files/linux/wireserver.sh
	wireserverScript string
	//go:embed files/linux/hybridcluster-wireserver.service
	wireserverUnit string
	//go:embed files/linux/containerd.service
	containerdUnit string
)

const (
	libDir              = "/usr/local/lib/hybridcluster"
	bootstrapScriptPath = libDir + "/bootstrap.sh"
	environmentPath     = "/etc/hybridcluster/bootstrap.env"
)

// ControlPlane renders the cloud-init document of a master. The first master
// (index 0 of MasterIPs) initialises the cluster; others are not supported yet.
//
// The document is a secret: it holds the cluster's private keys.
func ControlPlane(c Cluster, n Node, pki PKI, cloud CloudConfig) (string, error) {
	if err := checkMaster(c, n, pki); err != nil {
		return "", err
	}
	azure, err := AzureJSON(cloud)
	if err != nil {
		return "", fmt.Errorf("master %s: %w", n.Name, err)
	}
	if n.PrivateIP != c.MasterIPs[0] {
		return "", fmt.Errorf("master %s (%s): joining a further master is not supported yet: set masterProfile.count to 1", n.Name, n.PrivateIP)
	}
	documents, err := marshalYAML(initDocuments(c, n)...)
	if err != nil {
		return "", fmt.Errorf("master %s: %w", n.Name, err)
	}
	doc := linuxDocument(c, n, roleInit, documents)
	doc.WriteFiles = append(doc.WriteFiles, pki.files()...)
	doc.WriteFiles = append(doc.WriteFiles, rootFile("/etc/kubernetes/azure.json", modeSecret, azure))
	doc.etcdDisk()
	return doc.render()
}

// LinuxNode renders the cloud-init document of a Linux worker. The document is
// a secret: it holds the bootstrap token.
func LinuxNode(c Cluster, n Node) (string, error) {
	if err := checkNode(c, n); err != nil {
		return "", err
	}
	documents, err := marshalYAML(linuxJoin(c, n))
	if err != nil {
		return "", fmt.Errorf("node %s: %w", n.Name, err)
	}
	return linuxDocument(c, n, roleNode, documents).render()
}

// linuxDocument is what every Linux node gets.
func linuxDocument(c Cluster, n Node, r role, kubeadm string) cloudInit {
	return cloudInit{
		WriteFiles: []writeFile{
			rootFile(bootstrapScriptPath, modeProgram, bootstrapScript),
			rootFile(libDir+"/scrub.py", modeProgram, scrubScript),
			rootFile(libDir+"/wireserver.sh", modeProgram, wireserverScript),
			rootFile(environmentPath, modePublic, environment(c, n, r)),
			rootFile(KubeadmConfigPath, modeSecret, kubeadm),
			rootFile("/etc/modules-load.d/hybridcluster.conf", modePublic, "overlay\nbr_netfilter\n"),
			rootFile("/etc/sysctl.d/90-hybridcluster.conf", modePublic, sysctls),
			rootFile("/etc/containerd/config.toml", modePublic, linuxContainerdConfig(c.Release)),
			rootFile("/etc/crictl.yaml", modePublic, crictlConfig(linuxCRISocket)),
			rootFile("/etc/systemd/system/containerd.service", modePublic, containerdUnit),
			rootFile("/etc/systemd/system/hybridcluster-wireserver.service", modePublic, wireserverUnit),
		},
		RunCmd: [][]string{{"/bin/bash", bootstrapScriptPath}},
	}
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
