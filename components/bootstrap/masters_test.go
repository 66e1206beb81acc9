package bootstrap_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestControlPlaneJoinDocument(t *testing.T) {
	t.Parallel()
	_, files := parse(t, wideDocuments(t)["control-plane-join.yaml"])
	docs := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)
	require.Len(t, docs, 1)
	join := docs["JoinConfiguration"]
	require.Equal(t, endpoint{"10.240.255.6", 6443}, join.ControlPlane.LocalAPIEndpoint)
	require.Equal(t, endpointName+":6443", join.Discovery.BootstrapToken.APIServerEndpoint)
	require.Equal(t, []string{cluster().CACertHash}, join.Discovery.BootstrapToken.CACertHashes)
	require.Equal(t, "demo-control-plane-1", join.NodeRegistration.Name)
	require.Equal(t, args{{"cloud-provider", "external"}, {"node-ip", "10.240.255.6"}}, join.NodeRegistration.KubeletExtraArgs)
	require.Empty(t, join.NodeRegistration.Taints, "kubeadm gives a master's own")
	require.Equal(t, map[string]string{
		"controlPlaneComponentHealthCheck": "10m0s", "kubeletHealthCheck": "5m0s", "kubernetesAPICall": "5m0s",
		"etcdAPICall": "5m0s", "tlsBootstrap": "10m0s", "discovery": "10m0s",
	}, join.Timeouts)
	env := files["/etc/hybridcluster/bootstrap.env"].Content
	for _, line := range []string{
		"ROLE='control-plane-join'", "NODE_NAME='demo-control-plane-1'", "PRIVATE_IP='10.240.255.6'",
		"ENDPOINT='" + endpointName + "'", "ENDPOINT_IP='10.240.255.100'", "OTHER_MASTERS='10.240.255.5 10.240.255.7'",
	} {
		require.Contains(t, env, line+"\n")
	}
	require.NotContains(t, files, bootstrap.RejoinConfigPath)
	require.Equal(t, pki().EtcdCAKey, files["/etc/kubernetes/pki/etcd/ca.key"].Content)
}

func TestFirstOfSeveralMastersHasBothDocuments(t *testing.T) {
	t.Parallel()
	document, err := bootstrap.ControlPlane(threeMasters(), master(), pki(), cloud())
	require.NoError(t, err)
	_, files := parse(t, document)
	start := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)
	require.Equal(t, []string{
		endpointName, "10.240.255.5", "10.240.255.6", "10.240.255.7", "10.240.255.100", "127.0.0.1", "localhost", "api.example.com", "10.1.0.4",
	}, start["ClusterConfiguration"].APIServer.CertSANs)
	rejoin := kubeadmDocuments(t, files[bootstrap.RejoinConfigPath].Content)["JoinConfiguration"]
	require.Equal(t, start["InitConfiguration"].NodeRegistration, rejoin.NodeRegistration)
	require.Equal(t, endpoint{"10.240.255.5", 6443}, rejoin.ControlPlane.LocalAPIEndpoint)
	require.Equal(t, "2m0s", rejoin.Timeouts["discovery"], "it has just seen the others")
	require.Equal(t, "0600", files[bootstrap.RejoinConfigPath].Permissions)
	require.Contains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "ROLE='control-plane-init'\n")

	_, single := parse(t, documents(t)["control-plane.yaml"])
	require.NotContains(t, single, bootstrap.RejoinConfigPath)
	require.Contains(t, single["/etc/hybridcluster/bootstrap.env"].Content, "OTHER_MASTERS=''\n")
}

func TestEachMasterOfFiveRenders(t *testing.T) {
	t.Parallel()
	c := threeMasters()
	c.MasterIPs = append(c.MasterIPs, "10.240.255.8", "10.240.255.9")
	for i, ip := range c.MasterIPs {
		document, err := bootstrap.ControlPlane(c, bootstrap.Node{Name: "m", PrivateIP: ip}, pki(), cloud())
		require.NoError(t, err)
		_, files := parse(t, document)
		role := "control-plane-join"
		if i == 0 {
			role = "control-plane-init"
		}
		require.Contains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "ROLE='"+role+"'\n")
		require.NotContains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "OTHER_MASTERS='"+ip)
	}
}

func TestFlagsReachTheDocuments(t *testing.T) {
	t.Parallel()
	_, files := parse(t, wideDocuments(t)["control-plane-everything.yaml"])
	docs := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)
	whole := docs["ClusterConfiguration"]
	require.Equal(t, args{
		{"audit-log-maxage", "30"}, {"audit-log-path", "/var/log/kubeaudit/audit.log"}, {"audit-policy-file", "/etc/kubernetes/audit/policy.yaml"},
	}, whole.APIServer.ExtraArgs, "cloud-provider is not the user's")
	require.Equal(t, args{
		{"allocate-node-cidrs", "false"}, {"cloud-provider", "external"}, {"cluster-name", "demo"}, {"node-monitor-period", "10s"},
	}, whole.ControllerManager.ExtraArgs)
	require.Equal(t, args{{"v", "2"}}, whole.Scheduler.ExtraArgs)
	require.Equal(t, "ipvs", docs["KubeProxyConfiguration"].Mode)
	node := docs["InitConfiguration"].NodeRegistration
	require.Equal(t, args{
		{"cloud-provider", "external"}, {"image-credential-provider-bin-dir", "/usr/local/lib/hybridcluster/credential-providers"},
		{"image-credential-provider-config", "/etc/hybridcluster/credential-providers.yaml"},
		{"image-gc-high-threshold", "80"}, {"max-pods", "60"}, {"node-ip", "10.240.255.5"},
		{"node-labels", "empty=,example.com/pool=linuxpool1,storage=fast,tier=back.end_2"},
		{"resolv-conf", "/etc/hybridcluster/resolv.conf"},
	}, node.KubeletExtraArgs)
	require.Equal(t, []taint{
		{"node-role.kubernetes.io/control-plane", "", "NoSchedule"}, {"example.com/gpu", "true", "NoSchedule"}, {"spot", "", "PreferNoSchedule"},
	}, node.Taints, "kubeadm gives a master's own only where there are no others")

	_, files = parse(t, wideDocuments(t)["linux-everything.yaml"])
	join := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)["JoinConfiguration"]
	require.Equal(t, []taint{{"example.com/gpu", "true", "NoSchedule"}, {"spot", "", "PreferNoSchedule"}}, join.NodeRegistration.Taints)
}

func TestScaleSetsShareADocument(t *testing.T) {
	t.Parallel()
	all := wideDocuments(t)
	_, files := parse(t, all["linux-scale-set.yaml"])
	linux := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)["JoinConfiguration"]
	windows := kubeadmDocuments(t, windowsJoin(t, all["windows-scale-set.ps1"]))["JoinConfiguration"]
	for _, join := range []kubeadmDocument{linux, windows} {
		require.Empty(t, join.NodeRegistration.Name, "kubeadm takes the host's")
		require.NotEmpty(t, join.NodeRegistration.KubeletExtraArgs)
	}
	require.NotContains(t, files[bootstrap.KubeadmConfigPath].Content, "name: \"\"")
	require.Contains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "NODE_NAME=''\n")
	require.Contains(t, all["windows-scale-set.ps1"], "    'NodeName' = ''\n")
}

// No file that others may read holds a secret of the scripts, and no log does.
func TestScriptsAreSecrets(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"linux-everything.yaml", "control-plane-everything.yaml"} {
		_, files := parse(t, wideDocuments(t)[name])
		holders := 0
		for path, f := range files {
			if matchesAny(f.Content, fakeSignature, fakeParameters, fakeToken, "PRIVATE KEY") {
				require.Equal(t, "0600", f.Permissions, path)
				holders++
			}
		}
		require.Greater(t, holders, 2)
		require.Contains(t, files, "/etc/hybridcluster/scripts/before/00-early.env")
		require.Contains(t, files, "/etc/hybridcluster/scripts/after/01-late.env")
	}
}

// A master's kubelet waits for etcd's disk at each start of the machine. The
// mount's unit has the name that systemd makes of its path.
func TestMastersKubeletWaitsForTheEtcdDisk(t *testing.T) {
	t.Parallel()
	const path = "/etc/systemd/system/kubelet.service.d/20-etcd-disk.conf"
	for name, document := range map[string]string{
		"first": documents(t)["control-plane.yaml"], "joining": wideDocuments(t)["control-plane-join.yaml"],
	} {
		_, files := parse(t, document)
		const mount = "/var/lib/etcddisk"
		unit := strings.ReplaceAll(strings.Trim(mount, "/"), "/", "-") + ".mount"
		for _, line := range []string{
			"After=" + unit, "Wants=" + unit, "ExecStartPre=/bin/sh -c 'mountpoint -q " + mount + " || mount LABEL=etcd_disk " + mount + "'",
		} {
			require.Contains(t, files[path].Content, line+"\n", name)
		}
		require.NotContains(t, files[path].Content, "Requires")
		require.Contains(t, files["/etc/systemd/system/"+unit].Content, "\nWhat=/dev/disk/by-label/etcd_disk\nWhere="+mount+"\n", name)
	}
	_, files := parse(t, documents(t)["linux-node.yaml"])
	require.NotContains(t, files, path)
}
