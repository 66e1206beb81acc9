package bootstrap

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Where kubeadm and the kubelet find things.
const (
	// KubeadmConfigPath is the file on a Linux node that holds its kubeadm
	// documents.
	KubeadmConfigPath = "/etc/hybridcluster/kubeadm.yaml"
	// RejoinConfigPath is a second one on the first of several masters: with it
	// the master joins where the others run the cluster already.
	RejoinConfigPath = "/etc/hybridcluster/rejoin.yaml"
	// WindowsJoinConfigPath is the same on a Windows node.
	WindowsJoinConfigPath = `C:\k\join.yaml`

	pkiDir           = "/etc/kubernetes/pki"
	patchesDir       = "/etc/hybridcluster/patches"
	etcdMount        = "/var/lib/etcddisk"
	linuxCRISocket   = "unix:///run/containerd/containerd.sock"
	windowsCRISocket = "npipe:////./pipe/containerd-containerd"
	kubeadmAPI       = "kubeadm.k8s.io/v1beta4"
	dnsDomain        = "cluster.local"
	imageRepository  = "registry.k8s.io"
	// etcdQuota is the most that etcd lets its database grow to, in bytes: 8
	// GiB, the largest that etcd recommends.
	etcdQuota = "8589934592"
	// uninitializedTaint keeps pods off a node until the cloud provider has
	// given it its provider id. The kubelet adds it.
	uninitializedTaint = "node.cloudprovider.kubernetes.io/uninitialized"
	// masterTaint is what kubeadm gives to masters when it is told nothing else.
	masterTaint = "node-role.kubernetes.io/control-plane:NoSchedule"
	// patientDiscovery is how long kubeadm waits for a first control plane. The
	// scripts repeat it, and it is much shorter than they do: who gives up at last
	// must not be in the middle of a long wait.
	// shortDiscovery is for a master that has just seen one.
	patientDiscovery, shortDiscovery = "10m0s", "2m0s"
	// windowsPriority keeps the kubelet alive on a busy Windows node.
	windowsPriority = "ABOVE_NORMAL_PRIORITY_CLASS"
)

// initDocuments are the documents of the master that initialises the cluster.
// The certificate authorities and the service-account key lie on the disk
// before, and kubeadm keeps what it finds.
func initDocuments(c Cluster, n Node) []any {
	return []any{
		initConfiguration{
			typeMeta: typeMeta{kubeadmAPI, "InitConfiguration"},
			BootstrapTokens: []bootstrapToken{{
				Token:       c.Token,
				Description: "nodes of " + c.Name,
				// Zero never expires, so that a pool can grow later.
				TTL:    "0s",
				Usages: []string{"signing", "authentication"},
				Groups: []string{"system:bootstrappers:kubeadm:default-node-token"},
			}},
			LocalAPIEndpoint: apiEndpoint{n.PrivateIP, APIServerPort},
			NodeRegistration: masterRegistration(c, n),
			Patches:          &patches{patchesDir},
			Timeouts: timeouts{
				ControlPlaneComponentHealthCheck: "10m0s",
				KubeletHealthCheck:               "5m0s",
				KubernetesAPICall:                "2m0s",
			},
		},
		clusterDocument(c, n),
		kubeletConfiguration{
			typeMeta:           typeMeta{"kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"},
			CgroupDriver:       "systemd",
			RotateCertificates: true,
		},
		// kubeadm asks for an explicit mode: its default is to change.
		kubeProxyConfiguration{
			typeMeta: typeMeta{"kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"},
			Mode:     cmp.Or(c.ProxyMode, "iptables"),
		},
	}
}

func clusterDocument(c Cluster, n Node) clusterConfiguration {
	return clusterConfiguration{
		typeMeta:             typeMeta{kubeadmAPI, "ClusterConfiguration"},
		ClusterName:          c.Name,
		KubernetesVersion:    "v" + c.Release.Kubernetes,
		ControlPlaneEndpoint: endpointAddress(c),
		CertificatesDir:      pkiDir,
		ImageRepository:      imageRepository,
		EncryptionAlgorithm:  "RSA-2048",
		Networking:           networking{ServiceSubnet: c.ServiceCIDR, PodSubnet: c.PodCIDR, DNSDomain: dnsDomain},
		// The API server itself knows nothing of the cloud: it gets no
		// cloud-provider flag.
		APIServer: apiServer{
			CertSANs:     certificateNames(c),
			ExtraArgs:    merge(nil, c.APIServerArgs, controlPlaneFlags),
			ExtraVolumes: volumes(c.APIServerArgs, n.Files),
		},
		ControllerManager: controlComponent{ExtraArgs: merge([]argument{
			{"cloud-provider", "external"},
			{"cluster-name", c.Name},
			// The CNI gives out the pods' addresses. kubeadm would switch this
			// on because there is a pod subnet.
			{"allocate-node-cidrs", "false"},
		}, c.ControllerManagerArgs, controlPlaneFlags), ExtraVolumes: volumes(c.ControllerManagerArgs, n.Files)},
		Scheduler: controlComponent{ExtraArgs: merge(nil, c.SchedulerArgs, controlPlaneFlags), ExtraVolumes: volumes(c.SchedulerArgs, n.Files)},
		Etcd: etcd{Local: localEtcd{
			DataDir:   etcdMount + "/etcd",
			ExtraArgs: []argument{{"quota-backend-bytes", etcdQuota}},
		}},
	}
}

// certificateNames are the names and addresses of the API server's certificate
// that kubeadm does not put there by itself, each once.
func certificateNames(c Cluster) []string {
	var names []string
	add := func(more ...string) {
		for _, name := range more {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	add(c.Endpoint)
	add(c.MasterIPs...)
	if c.EndpointIP != "" {
		add(c.EndpointIP)
	}
	add("127.0.0.1", "localhost")
	add(c.SubjectAltNames...)
	return names
}

func masterRegistration(c Cluster, n Node) nodeRegistration {
	r := linuxRegistration(c, n, argument{"node-ip", n.PrivateIP})
	r.ImagePullPolicy = "IfNotPresent"
	if len(n.Taints) > 0 {
		// kubeadm gives its own only where there are no others.
		r.Taints = parseTaints(append([]string{masterTaint}, n.Taints...)...)
	}
	return r
}

// linuxRegistration carries the taints as kubeadm's. The kubelet adds the
// uninitialized one by itself, because its cloud provider is external.
func linuxRegistration(c Cluster, n Node, more ...argument) nodeRegistration {
	args := slices.Concat(cloudProviderArgs(), more, labelArgs(n), c.credentialProviderArgs(credentialProviderConfig, credentialProviderDir))
	if n.DNSServer != "" {
		// kubeadm gives the kubelet the resolver's list of servers, which has those of
		// the network's DHCP as well, and CoreDNS asks any of them.
		args = append(args, argument{"resolv-conf", podsResolverPath})
	}
	return nodeRegistration{
		Name:             n.Name,
		CRISocket:        linuxCRISocket,
		Taints:           parseTaints(n.Taints...),
		KubeletExtraArgs: merge(args, n.KubeletArgs, kubeletFlags),
	}
}

// linuxJoin is the document of a Linux worker.
func linuxJoin(c Cluster, n Node) joinConfiguration {
	document := join(c, linuxRegistration(c, n))
	document.Patches = &patches{patchesDir}
	return document
}

// masterJoin is the document of a further master. discovery is how long kubeadm
// waits for a control plane, in Go's form.
func masterJoin(c Cluster, n Node, discovery string) joinConfiguration {
	document := join(c, masterRegistration(c, n))
	document.Patches = &patches{patchesDir}
	document.ControlPlane = &joinControlPlane{apiEndpoint{n.PrivateIP, APIServerPort}}
	document.Timeouts.ControlPlaneComponentHealthCheck = "10m0s"
	// The etcd of another master may be taking a third one in.
	document.Timeouts.EtcdAPICall = "5m0s"
	document.Timeouts.Discovery = discovery
	return document
}

// windowsJoin is the document of a Windows worker. The kubelet's service
// repeats the arguments: it does not read what kubeadm writes of them.
func windowsJoin(c Cluster, n Node) joinConfiguration {
	return join(c, nodeRegistration{
		Name:             n.Name,
		CRISocket:        windowsCRISocket,
		KubeletExtraArgs: windowsKubeletArgs(c, n),
	})
}

// windowsKubeletArgs leave the taint of the cloud provider to the kubelet, which
// adds it because its cloud provider is external, on Windows as on Linux. Asked
// for twice the API server refuses the node, because taints must be unique:
// https://github.com/kubernetes/kubernetes/blob/v1.36.1/pkg/kubelet/kubelet_node_status.go#L325-L336
func windowsKubeletArgs(c Cluster, n Node) []argument {
	args := append(cloudProviderArgs(), argument{"windows-priorityclass", windowsPriority})
	var taints []string
	for _, t := range parseTaints(n.Taints...) {
		taints = append(taints, t.String())
	}
	if len(taints) > 0 {
		args = append(args, argument{"register-with-taints", strings.Join(taints, ",")})
	}
	args = slices.Concat(args, labelArgs(n), c.credentialProviderArgs(windowsCredentialProviderConfig, windowsCredentialProviderDir))
	return merge(args, n.KubeletArgs, kubeletFlags)
}

// join is what every join has in common. kubeadm itself waits for a control
// plane that is still being made, so a worker may boot first.
func join(c Cluster, r nodeRegistration) joinConfiguration {
	return joinConfiguration{
		typeMeta: typeMeta{kubeadmAPI, "JoinConfiguration"},
		Discovery: discovery{
			BootstrapToken: tokenDiscovery{
				APIServerEndpoint: endpointAddress(c),
				Token:             c.Token,
				CACertHashes:      []string{c.CACertHash},
			},
			TLSBootstrapToken: c.Token,
		},
		NodeRegistration: r,
		Timeouts: timeouts{
			KubeletHealthCheck: "5m0s",
			KubernetesAPICall:  "5m0s",
			TLSBootstrap:       "10m0s",
			Discovery:          patientDiscovery,
		},
	}
}

func endpointAddress(c Cluster) string {
	return net.JoinHostPort(c.Endpoint, strconv.Itoa(APIServerPort))
}

func cloudProviderArgs() []argument {
	return []argument{{"cloud-provider", "external"}}
}

// labelArgs returns the labels as one kubelet argument, sorted, or none.
func labelArgs(n Node) []argument {
	if len(n.Labels) == 0 {
		return nil
	}
	pairs := make([]string, 0, len(n.Labels))
	for _, key := range slices.Sorted(maps.Keys(n.Labels)) {
		pairs = append(pairs, key+"="+n.Labels[key])
	}
	return []argument{{"node-labels", strings.Join(pairs, ",")}}
}
