package azure_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
)

const pkiDir = "/etc/kubernetes/pki/"

// keys is everything that the masters of a cluster share, by path, and the CA's pin.
type keys struct {
	files map[string]string
	pin   string
}

func newKeys(t *testing.T) keys {
	t.Helper()
	k := keys{files: map[string]string{}}
	for _, name := range []string{"ca", "front-proxy-ca", "etcd/ca"} {
		k.files[pkiDir+name+".crt"], k.files[pkiDir+name+".key"] = authority(t)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	require.NoError(t, err)
	k.files[pkiDir+"sa.key"] = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	k.files[pkiDir+"sa.pub"] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	k.pin, err = guest.Pin(k.files[pkiDir+"ca.crt"])
	require.NoError(t, err)
	return k
}

// node is a Linux machine of a cluster: what it does, and what lies on its disk.
type node struct {
	name     string
	endpoint string // host:port
	action   string // init, control-plane or join
	files    map[string]string
	script   string // further lines
	rejoins  bool   // if others have made the cluster
}

func (k keys) node(n node) string {
	files := map[string]string{}
	verb := "join"
	config := joiner{n.name, joinToken, k.pin, n.endpoint, ""}.config()
	switch n.action {
	case "init":
		verb = "init"
		maps.Copy(files, k.files)
		config = initConfig(n)
		if n.rejoins {
			files["/run/again.yaml"] = joiner{n.name, joinToken, k.pin, n.endpoint, ""}.config() + "controlPlane: {}\n"
			n.script += "\nif others; then kubeadm join --config /run/again.yaml; exit; fi"
		}
	case "control-plane":
		maps.Copy(files, k.files)
		config += "controlPlane: {localAPIEndpoint: {bindPort: 6443}}\n"
	}
	files["/run/kubeadm.yaml"] = config
	files["/opt/bootstrap.sh"] = n.script + "\nkubeadm " + verb + " --config /run/kubeadm.yaml\n"
	for name, content := range n.files {
		files[name] = content
		if content == "" {
			delete(files, name)
		}
	}
	return cloudInit(files)
}

func initConfig(n node) string {
	host, _, _ := strings.Cut(n.endpoint, ":")
	return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens: [{token: "` + joinToken + `"}]
nodeRegistration:
  name: ` + n.name + `
  kubeletExtraArgs: [{name: cloud-provider, value: external}]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: demo
kubernetesVersion: v1.36.5
controlPlaneEndpoint: "` + n.endpoint + `"
apiServer: {certSANs: ["` + host + `", "10.0.1.100"]}
`
}

// poolNIC is an interface in the load balancer's pool.
func poolNIC(name string) m {
	return with(nicInputs(name), "ipConfigurations", l{m{
		"name": "ip", "subnet": m{"id": subnetOne}, "loadBalancerBackendAddressPools": l{m{"id": lbID + "/backendAddressPools/pool"}},
	}})
}

// boot makes a Linux machine with custom data.
func (b *lab) boot(name, data string) {
	b.t.Helper()
	b.create(vmToken, name, with(linuxInputs(name), "osProfile.customData", data))
}

// awaitError makes the extension that waits for the machine's bootstrap.
func (b *lab) awaitError(name string) error {
	b.t.Helper()
	return b.createError(extToken, extensionInputs(name, "ext"))
}

func decoded(t *testing.T, data string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(data)
	require.NoError(t, err)
	return string(text)
}
