package azure_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	endpoint  = "demo.westeurope.cloudapp.azure.com"
	joinToken = "abcdef.0123456789abcdef"
)

// authority makes a CA and gives its certificate and key in PEM.
func authority(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
}

// cloudInit writes files and runs a script that names the kubeadm file.
func cloudInit(files map[string]string) string {
	var b strings.Builder
	b.WriteString("#cloud-config\nwrite_files:\n")
	for name, content := range files {
		fmt.Fprintf(&b, "- {path: %s, encoding: b64, content: %s}\n", name, base64.StdEncoding.EncodeToString([]byte(content)))
	}
	b.WriteString("runcmd:\n- [bash, /opt/bootstrap.sh]\n")
	return base64.StdEncoding.EncodeToString([]byte(b.String()))
}

func masterData(cert, key, name string) string {
	return cloudInit(map[string]string{
		"/etc/kubernetes/pki/ca.crt": cert,
		"/etc/kubernetes/pki/ca.key": key,
		"/opt/bootstrap.sh":          "kubeadm init --config /run/kubeadm.yaml\n",
		"/run/kubeadm.yaml": `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: "` + joinToken + `"
nodeRegistration:
  name: ` + name + `
  kubeletExtraArgs:
  - {name: cloud-provider, value: external}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: demo
kubernetesVersion: v1.36.5
controlPlaneEndpoint: "` + endpoint + `:6443"
networking: {podSubnet: 192.168.0.0/16}
`,
	})
}

// joiner is what a worker is told.
type joiner struct{ name, token, pin, endpoint, extra string }

func (j joiner) config() string {
	return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: "` + j.endpoint + `"
    token: "` + j.token + `"
    caCertHashes: ["` + j.pin + `"]
nodeRegistration:
  name: ` + j.name + `
  kubeletExtraArgs:
  - {name: cloud-provider, value: external}
` + j.extra
}

func (j joiner) linux() string {
	return cloudInit(map[string]string{
		"/opt/bootstrap.sh": "curl https://dl.k8s.io/v1.36.4/bin/linux/amd64/kubelet\nkubeadm join --config /run/kubeadm.yaml\n",
		"/run/kubeadm.yaml": j.config(),
	})
}

func (j joiner) windows() string {
	script := "$config = @'\r\n" + strings.ReplaceAll(j.config(), "\n", "\r\n") + "\r\n'@\r\nSet-Content C:\\k\\join.yaml $config\r\n" +
		"& C:\\k\\kubeadm.exe join --config C:\\k\\join.yaml\r\n"
	return base64.StdEncoding.EncodeToString([]byte(script))
}

func windowsExtension(vm string) m {
	return m{
		"resourceGroupName": "rg", "vmName": vm, "vmExtensionName": "ext", "publisher": "Microsoft.Compute", "type": "CustomScriptExtension",
		"typeHandlerVersion": "1.10", "settings": m{"commandToExecute": `powershell -Command "Copy-Item C:\AzureData\CustomData.bin setup.ps1; .\setup.ps1"`},
	}
}

// plan is a cluster's infrastructure, to be broken in one place.
type plan struct {
	nsg      m
	lb       m
	vnet     m
	poolless bool // the master is in no pool
	label    string
}

func goodPlan() *plan {
	vnet := vnetInputs()
	vnet["subnets"] = l{m{
		"name": "one", "addressPrefix": "10.0.1.0/24", "natGateway": m{"id": networkID + "natGateways/nat"},
		"networkSecurityGroup": m{"id": networkID + "networkSecurityGroups/nsg"},
	}}
	return &plan{nsg: nsgInputs(ruleInputs("api", 100, "6443")), lb: lbInputs(), vnet: vnet, label: "demo"}
}

func (b *lab) build(o *plan, workers ...string) {
	b.t.Helper()
	b.group()
	b.create(nsgToken, "nsg", o.nsg)
	natIP, _ := b.create(ipToken, "nat", ipInputs("nat", ""))
	b.create(natToken, "nat", m{"resourceGroupName": "rg", "natGatewayName": "nat", "publicIpAddresses": l{m{"id": natIP}}})
	b.create(vnetToken, "vnet", o.vnet)
	b.create(ipToken, "ip", ipInputs("ip", o.label))
	b.create(lbToken, "lb", o.lb)
	config := m{"name": "ip", "subnet": m{"id": subnetOne}, "loadBalancerBackendAddressPools": l{m{"id": lbID + "/backendAddressPools/pool"}}}
	if o.poolless {
		delete(config, "loadBalancerBackendAddressPools")
	}
	b.create(nicToken, "master", with(nicInputs("master-nic"), "ipConfigurations", l{config}))
	for _, name := range workers {
		b.create(nicToken, name, nicInputs(name+"-nic"))
	}
}

func (b *lab) nodes() map[string]*world.Node {
	nodes := map[string]*world.Node{}
	b.look(func(w *world.World) {
		for _, c := range w.Clusters {
			for _, n := range c.Nodes {
				nodes[n.Name] = n
			}
		}
	})
	return nodes
}
