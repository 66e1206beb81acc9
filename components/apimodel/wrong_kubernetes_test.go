package apimodel_test

func wrongKubernetes() []wrong {
	const inKubelet, kubelet = inConfig + "kubeletConfig", kubernetes + "kubeletConfig."
	key := func(path, flag string) string { return path + `["` + flag + `"]` }
	return []wrong{
		{name: "a cluster's setting in a pool", old: `"name": "lin"`, replacement: `"name": "lin", "kubernetesConfig": {"serviceCidr": "10.0.0.0/16"}`, path: inLinux + "kubernetesConfig.serviceCidr", line: 8,
			want: "is not supported: it is a setting of the whole cluster. Move it to properties.orchestratorProfile.kubernetesConfig."},
		{name: "a mode of kube-proxy", set: []string{kubernetes + "kubeProxyMode=ipvz"}, path: inConfig + "kubeProxyMode", want: `Did you mean "ipvs"?`},
		{name: "four pods of a node", set: []string{kubernetes + "maxPods=4"}, path: inConfig + "maxPods", want: "must be 5 or more, is 4"},
		{name: "pods as a flag", set: []string{kubelet + "--max-pods=many"}, path: key(inKubelet, "--max-pods"), want: `"many" is no number of pods`},
		{name: "pods of a Windows pool as a flag", set: []string{windows + `kubernetesConfig.kubeletConfig={"--max-pods": "61"}`}, path: key(inWindows+"kubernetesConfig.kubeletConfig", "--max-pods"), want: "must be 60 or less on a Windows node"},
		{name: "more pods than Windows takes", set: []string{kubernetes + "maxPods=100"}, path: inWindows + "kubernetesConfig.maxPods", line: 9, want: `maxPods is 100, and nodes of the Windows pool "win" take 60`, as: aNote},
		{name: "more pods than Windows takes, as a flag", set: []string{kubelet + "max-pods=200"}, path: inWindows + "kubernetesConfig.maxPods", line: 9, want: "maxPods is 200", as: aNote},
		{name: "garbage at 101", set: []string{kubernetes + "gchighthreshold=101"}, path: inConfig + "gchighthreshold", want: "must be 0 to 100 per cent, is 101"},
		{name: "garbage below zero", set: []string{linux + "kubernetesConfig.gclowthreshold=-1"}, path: inLinux + "kubernetesConfig.gclowthreshold", want: "must be 0 to 100 per cent, is -1"},
		{name: "garbage thresholds crossed", set: []string{kubernetes + "gchighthreshold=70", kubernetes + "gclowthreshold=75"}, path: inConfig + "gclowthreshold", want: "the low threshold 75 must be below the high one, 70"},
		{name: "a high threshold below the default low one", set: []string{kubernetes + "gchighthreshold=60"}, path: inConfig + "gchighthreshold", want: "the low threshold 80 must be below the high one, 60"},
		{name: "garbage as a flag", set: []string{kubelet + "--image-gc-low-threshold=x"}, path: key(inKubelet, "--image-gc-low-threshold"), want: `"x" is no per cent`},
		{name: "a flag that is none", set: []string{kubelet + "--Max Pods=1"}, path: key(inKubelet, "--Max Pods"), want: `"--Max Pods" is no flag`},
		{name: "a flag twice", set: []string{kubelet + "--v=2", kubelet + "v=4"}, path: key(inKubelet, "v"), want: `"v" and "--v" are one flag`},
		{name: "a flag of two lines", set: []string{kernelLines()}, path: key(inConfig+"schedulerConfig", "--v"), want: "has line breaks"},
		{name: "a node's address", set: []string{kubelet + "--node-ip=10.0.0.1"}, path: key(inKubelet, "--node-ip"), want: "--node-ip cannot be set: the node has the IPv4 address that Azure gave it"},
		{name: "an IPv6 node's address", set: []string{kubelet + "--node-ip=::"}, path: key(inKubelet, "--node-ip"), want: "--node-ip is ::, an IPv6 address"},
		{name: "an IPv6 API server", set: []string{kubernetes + "apiServerConfig.--bind-address=::"}, path: key(inConfig+"apiServerConfig", "--bind-address"), want: "an IPv6 address"},
		{name: "a node's name", set: []string{linux + `kubernetesConfig.kubeletConfig={"--hostname-override": "x"}`}, path: key(inLinux+"kubernetesConfig.kubeletConfig", "--hostname-override"), want: "nodes are named after their pools"},
		{name: "the cloud provider as AKS Engine has it", set: []string{kubelet + "--cloud-provider=azure"}, path: key(inKubelet, "--cloud-provider"), want: "--cloud-provider is set by the program", as: aNote},
		{name: "another cloud provider", set: []string{kubelet + "--cloud-provider=aws"}, path: key(inKubelet, "--cloud-provider"), want: "--cloud-provider cannot be set"},
		{name: "a certificate of AKS Engine's", set: []string{kubernetes + "apiServerConfig.--client-ca-file=/etc/kubernetes/certs/ca.crt"}, path: key(inConfig+"apiServerConfig", "--client-ca-file"), want: "kubeadm makes the certificates", as: aNote},
		{name: "an etcd of one's own", set: []string{kubernetes + "apiServerConfig.--etcd-servers=https://etcd:2379"}, path: key(inConfig+"apiServerConfig", "--etcd-servers"), want: "kubeadm runs etcd on the masters"},
		{name: "pods' network as a flag", set: []string{kubernetes + "controllerManagerConfig.--cluster-cidr=10.0.0.0/8"}, path: key(inConfig+"controllerManagerConfig", "--cluster-cidr"), want: "it is clusterSubnet"},
		{name: "pods' network as a flag too", set: []string{kubernetes + "controllerManagerConfig.--cluster-cidr=192.168.0.0/16"}, path: key(inConfig+"controllerManagerConfig", "--cluster-cidr"), want: "is set by the program, to the same value", as: aNote},
		{name: "an address that AKS Engine filled in", set: []string{kubernetes + "apiServerConfig.--advertise-address=<advertiseAddr>"}, path: key(inConfig+"apiServerConfig", "--advertise-address"), want: "each master advertises its own address", as: aNote},
		{name: "a file of AKS Engine's", set: []string{kubernetes + "apiServerConfig.--audit-policy-file=/etc/kubernetes/addons/audit-policy.yaml"}, path: key(inConfig+"apiServerConfig", "--audit-policy-file"), want: "is a file of AKS Engine's, which the nodes do not have", as: aNote},
		{name: "Services' network as a flag too", set: []string{kubernetes + "apiServerConfig.--service-cluster-ip-range=10.0.0.0/16"}, path: key(inConfig+"apiServerConfig", "--service-cluster-ip-range"), want: "is set by the program, to the same value", as: aNote},
		{name: "Services' network as another flag", set: []string{kubernetes + "apiServerConfig.--service-cluster-ip-range=10.1.0.0/16"}, path: key(inConfig+"apiServerConfig", "--service-cluster-ip-range"), want: "it is serviceCidr of the kubernetesConfig"},
		{name: "the cluster's DNS as a flag too", set: []string{kubernetes + "serviceCidr=10.96.0.0/16", kubelet + "cluster-dns=10.96.0.10"}, path: key(inKubelet, "cluster-dns"), want: "is set by the program, to the same value", as: aNote},
		{name: "garbage thresholds crossed by a flag", set: []string{kubelet + "--image-gc-high-threshold=50"}, path: key(inKubelet, "--image-gc-high-threshold"), want: "the low threshold 80 must be below the high one, 50"},
		{name: "no election", set: []string{kubernetes + "schedulerConfig.--leader-elect=false"}, path: key(inConfig+"schedulerConfig", "--leader-elect"), want: "--leader-elect cannot be set"},
		{name: "labels as a flag", set: []string{linux + `kubernetesConfig.kubeletConfig={"--node-labels": "team=web"}`}, path: key(inLinux+"kubernetesConfig.kubeletConfig", "--node-labels"), want: "the labels are set as customNodeLabels are", as: aNote},
		{name: "a label of the kubelet's as a flag", set: []string{kubelet + "--node-labels=kubernetes.io/os=linux"}, path: key(inKubelet, "--node-labels"), want: "the kubelet sets this label itself"},
		{name: "a label without a value as a flag", set: []string{kubelet + "--node-labels=web"}, path: key(inKubelet, "--node-labels"), want: `"web" is no label`},
		{name: "a taint as a flag", set: []string{kubelet + "--register-with-taints=a=b:Never"}, path: key(inKubelet, "--register-with-taints"), want: `has "Never" for its effect`},
		{name: "a taint of masters as a flag", set: []string{master + `kubernetesConfig.kubeletConfig={"--register-with-taints": "a=b:NoSchedule"}`}, path: key(inMaster+"kubernetesConfig.kubeletConfig", "--register-with-taints"), want: "has no effect on the masters", as: aNote},
		{name: "tiller", set: []string{kubernetes + "addons[0].name=tiller"}, path: inConfig + "addons[0].name", want: `"tiller" is not installed: Helm needs no Tiller`, as: aNote},
		{name: "ip-masq-agent", set: []string{kubernetes + "addons[0].name=ip-masq-agent"}, path: inConfig + "addons[0].name", want: "Calico's natOutgoing", as: aNote},
		{name: "settings of an add-on", set: []string{kubernetes + "addons[0].name=coredns", kubernetes + "addons[0].config.min-replicas=3"}, path: inConfig + "addons[0].config", want: `settings of "coredns" have no effect`, as: aNote},
		{name: "an add-on of today", set: []string{kubernetes + "addons[0].name=metrics-server"}, path: inConfig + "addons[0].name", want: `"metrics-server" is not supported yet: it serves`},
		{name: "a retired add-on", set: []string{kubernetes + "addons[0].name=aad-pod-identity"}, path: inConfig + "addons[0].name", want: `is not supported: Microsoft retired it in 2023. Remove it, and use workload identity`},
		{name: "an identity's id", set: []string{kubernetes + "userAssignedID=/subscriptions/x"}, path: inConfig + "userAssignedID", want: "is no resource id of a user-assigned identity"},
		{name: "an identity's name", set: []string{kubernetes + "userAssignedID=a b"}, path: inConfig + "userAssignedID", want: "is neither the name nor the resource id"},
		{name: "two identities", set: []string{kubernetes + "userAssignedID=mine", clientID, "servicePrincipalProfile.secret=x"}, path: inConfig + "userAssignedID", want: "the cloud provider uses the service principal"},
	}
}

// kernelLines is a flag whose value has two lines.
func kernelLines() string {
	return kubernetes + `schedulerConfig={"--v": "2\n--bind-address=0.0.0.0"}`
}
