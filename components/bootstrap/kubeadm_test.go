package bootstrap_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// The structs below are kubeadm's v1beta4 fields as its reference lists them,
// apart from the types under test. Decoding is strict.

type args []struct{ Name, Value string }

type registration struct {
	Name             string `yaml:"name"`
	CRISocket        string `yaml:"criSocket"`
	ImagePullPolicy  string `yaml:"imagePullPolicy"`
	KubeletExtraArgs args   `yaml:"kubeletExtraArgs"`
	Taints           []taint
}

type taint struct{ Key, Value, Effect string }

type endpoint struct {
	AdvertiseAddress string `yaml:"advertiseAddress"`
	BindPort         int    `yaml:"bindPort"`
}

type kubeadmDocument struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	// InitConfiguration and JoinConfiguration
	BootstrapTokens []struct {
		Token, Description, TTL string
		Usages, Groups          []string
	} `yaml:"bootstrapTokens"`
	LocalAPIEndpoint endpoint          `yaml:"localAPIEndpoint"`
	NodeRegistration registration      `yaml:"nodeRegistration"`
	Timeouts         map[string]string `yaml:"timeouts"`
	Discovery        struct {
		BootstrapToken struct {
			APIServerEndpoint string   `yaml:"apiServerEndpoint"`
			Token             string   `yaml:"token"`
			CACertHashes      []string `yaml:"caCertHashes"`
		} `yaml:"bootstrapToken"`
		TLSBootstrapToken string `yaml:"tlsBootstrapToken"`
	} `yaml:"discovery"`
	Patches      map[string]string `yaml:"patches"`
	ControlPlane *struct {
		LocalAPIEndpoint endpoint `yaml:"localAPIEndpoint"`
	} `yaml:"controlPlane"`
	// ClusterConfiguration
	ClusterName          string            `yaml:"clusterName"`
	KubernetesVersion    string            `yaml:"kubernetesVersion"`
	ControlPlaneEndpoint string            `yaml:"controlPlaneEndpoint"`
	CertificatesDir      string            `yaml:"certificatesDir"`
	ImageRepository      string            `yaml:"imageRepository"`
	EncryptionAlgorithm  string            `yaml:"encryptionAlgorithm"`
	Networking           map[string]string `yaml:"networking"`
	APIServer            struct {
		CertSANs     []string         `yaml:"certSANs"`
		ExtraArgs    args             `yaml:"extraArgs"`
		ExtraVolumes []map[string]any `yaml:"extraVolumes"`
	} `yaml:"apiServer"`
	ControllerManager struct {
		ExtraArgs    args             `yaml:"extraArgs"`
		ExtraVolumes []map[string]any `yaml:"extraVolumes"`
	} `yaml:"controllerManager"`
	Scheduler struct {
		ExtraArgs    args             `yaml:"extraArgs"`
		ExtraVolumes []map[string]any `yaml:"extraVolumes"`
	} `yaml:"scheduler"`
	Etcd struct {
		Local struct {
			DataDir   string `yaml:"dataDir"`
			ExtraArgs args   `yaml:"extraArgs"`
		}
	} `yaml:"etcd"`
	// KubeletConfiguration and KubeProxyConfiguration
	CgroupDriver       string `yaml:"cgroupDriver"`
	RotateCertificates bool   `yaml:"rotateCertificates"`
	Mode               string `yaml:"mode"`
}

func kubeadmDocuments(t *testing.T, text string) map[string]kubeadmDocument {
	t.Helper()
	found := map[string]kubeadmDocument{}
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	for {
		var doc kubeadmDocument
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		found[doc.Kind] = doc
	}
}

func TestInitDocuments(t *testing.T) {
	t.Parallel()
	_, files := parse(t, documents(t)["control-plane.yaml"])
	docs := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)
	require.Len(t, docs, 4)

	start := docs["InitConfiguration"]
	require.Equal(t, "kubeadm.k8s.io/v1beta4", start.APIVersion)
	require.Equal(t, fakeToken, start.BootstrapTokens[0].Token)
	require.Equal(t, "0s", start.BootstrapTokens[0].TTL)
	require.Equal(t, endpoint{"10.240.255.5", 6443}, start.LocalAPIEndpoint)
	require.Equal(t, "demo-control-plane-0", start.NodeRegistration.Name)
	require.Equal(t, args{{"cloud-provider", "external"}, {"node-ip", "10.240.255.5"}}, start.NodeRegistration.KubeletExtraArgs)

	whole := docs["ClusterConfiguration"]
	require.Equal(t, "v1.36.5", whole.KubernetesVersion)
	require.Equal(t, "demo.westeurope.cloudapp.azure.com:6443", whole.ControlPlaneEndpoint)
	require.Equal(t, "/var/lib/etcddisk/etcd", whole.Etcd.Local.DataDir)
	require.Equal(t, map[string]string{"serviceSubnet": "10.0.0.0/16", "podSubnet": "192.168.0.0/16", "dnsDomain": "cluster.local"}, whole.Networking)
	require.Equal(t, []string{
		"demo.westeurope.cloudapp.azure.com", "10.240.255.5", "127.0.0.1", "localhost", "api.example.com", "10.1.0.4",
	}, whole.APIServer.CertSANs)
	require.Equal(t, args{{"allocate-node-cidrs", "false"}, {"cloud-provider", "external"}, {"cluster-name", "demo"}}, whole.ControllerManager.ExtraArgs)
	require.Equal(t, "systemd", docs["KubeletConfiguration"].CgroupDriver)
	require.True(t, docs["KubeletConfiguration"].RotateCertificates)
	require.Equal(t, "iptables", docs["KubeProxyConfiguration"].Mode)
}

func TestJoinDocuments(t *testing.T) {
	t.Parallel()
	all := documents(t)
	_, files := parse(t, all["linux-node.yaml"])
	for name, c := range map[string]struct {
		text, node, socket string
		args               args
	}{
		"linux": {
			files[bootstrap.KubeadmConfigPath].Content, "linuxpool1000", "unix:///run/containerd/containerd.sock",
			args{{"cloud-provider", "external"}, {"node-labels", "empty=,example.com/pool=linuxpool1,storage=fast,tier=back.end_2"}},
		},
		"windows": {
			windowsJoin(t, all["windows-node.ps1"]), "windowspool2000", "npipe:////./pipe/containerd-containerd",
			args{
				{"cloud-provider", "external"},
				{"node-labels", "example.com/pool=windowspool2"},
				{"windows-priorityclass", "ABOVE_NORMAL_PRIORITY_CLASS"},
			},
		},
	} {
		docs := kubeadmDocuments(t, c.text)
		require.Len(t, docs, 1, name)
		join := docs["JoinConfiguration"]
		require.Equal(t, "kubeadm.k8s.io/v1beta4", join.APIVersion)
		require.Equal(t, c.node, join.NodeRegistration.Name)
		require.Equal(t, c.socket, join.NodeRegistration.CRISocket)
		require.Equal(t, c.args, join.NodeRegistration.KubeletExtraArgs)
		token := join.Discovery.BootstrapToken
		require.Equal(t, "demo.westeurope.cloudapp.azure.com:6443", token.APIServerEndpoint)
		require.Equal(t, fakeToken, token.Token)
		require.Equal(t, fakeToken, join.Discovery.TLSBootstrapToken)
		require.Equal(t, []string{cluster().CACertHash}, token.CACertHashes)
		require.Equal(t, "10m0s", join.Timeouts["discovery"])
	}
}
