package bootstrap

import (
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
	// WindowsJoinConfigPath is the same on a Windows node.
	WindowsJoinConfigPath = `C:\k\join.yaml`

	pkiDir           = "/etc/kubernetes/pki"
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
	// given it its provider id.
	uninitializedTaint = "node.cloudprovider.kubernetes.io/uninitialized=true:NoSchedule"
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
			NodeRegistration: masterRegistration(n),
			Timeouts: timeouts{
				ControlPlaneComponentHealthCheck: "10m0s",
				KubeletHealthCheck:               "5m0s",
				KubernetesAPICall:                "2m0s",
			},
		},
		clusterDocument(c),
		kubeletConfiguration{
			typeMeta:           typeMeta{"kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"},
			CgroupDriver:       "systemd",
			RotateCertificates: true,
		},
		// kubeadm asks for an explicit mode: its default is to change.
		kubeProxyConfiguration{
			typeMeta: typeMeta{"kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"},
			Mode:     "iptables",
		},
	}
}

func clusterDocument(c Cluster) clusterConfiguration {
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
		APIServer: apiServer{CertSANs: certificateNames(c)},
		ControllerManager: controlComponent{ExtraArgs: []argument{
			{"cloud-provider", "external"},
			{"cluster-name", c.Name},
			// The CNI gives out the pods' addresses. kubeadm would switch this
			// on because there is a pod subnet.
			{"allocate-node-cidrs", "false"},
		}},
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
	add("127.0.0.1", "localhost")
	add(c.SubjectAltNames...)
	return names
}

func masterRegistration(n Node) nodeRegistration {
	args := append(cloudProviderArgs(), argument{"node-ip", n.PrivateIP})
	return nodeRegistration{
		Name:             n.Name,
		CRISocket:        linuxCRISocket,
		ImagePullPolicy:  "IfNotPresent",
		KubeletExtraArgs: append(args, labelArgs(n)...),
	}
}

// linuxJoin is the document of a Linux worker.
func linuxJoin(c Cluster, n Node) joinConfiguration {
	return join(c, nodeRegistration{
		Name:             n.Name,
		CRISocket:        linuxCRISocket,
		KubeletExtraArgs: append(cloudProviderArgs(), labelArgs(n)...),
	})
}

// windowsJoin is the document of a Windows worker. The kubelet's service
// repeats the arguments: it does not read what kubeadm writes of them.
func windowsJoin(c Cluster, n Node) joinConfiguration {
	return join(c, nodeRegistration{
		Name:             n.Name,
		CRISocket:        windowsCRISocket,
		KubeletExtraArgs: windowsKubeletArgs(n),
	})
}

func windowsKubeletArgs(n Node) []argument {
	args := append(cloudProviderArgs(),
		// The Windows kubelet does not taint itself, and the cloud node manager
		// gives a provider id to tainted nodes only:
		// https://github.com/kubernetes-sigs/cluster-api-provider-azure/pull/6293
		argument{"register-with-taints", uninitializedTaint},
		argument{"windows-priorityclass", windowsPriority},
	)
	return append(args, labelArgs(n)...)
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
			Discovery:          "30m0s",
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
