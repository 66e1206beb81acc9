package kubernetes_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const host = "demo.westeurope.cloudapp.azure.com"

// authority is a cluster's certificate authority.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{key, cert}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// client issues a client certificate.
func (a *authority) client(t *testing.T, group string, use x509.ExtKeyUsage) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "admin", Organization: []string{group}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{use},
	}, a.cert, private.Public(), a.key)
	require.NoError(t, err)
	encoded, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}))
}

func kubeconfig(t *testing.T, server, ca, cert, key string) string {
	t.Helper()
	data, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "demo",
		"clusters": []any{map[string]any{"name": "demo", "cluster": map[string]any{
			"server": server, "certificate-authority-data": base64.StdEncoding.EncodeToString([]byte(ca)),
		}}},
		"users": []any{map[string]any{"name": "admin", "user": map[string]any{
			"client-certificate-data": base64.StdEncoding.EncodeToString([]byte(cert)),
			"client-key-data":         base64.StdEncoding.EncodeToString([]byte(key)),
		}}},
		"contexts": []any{map[string]any{"name": "demo", "context": map[string]any{"cluster": "demo", "user": "admin"}}},
	})
	require.NoError(t, err)
	return string(data)
}

// rig is a cluster and a configured provider for it.
type rig struct {
	t        *testing.T
	store    *world.Store
	provider p.Provider
	config   string
	ca       *authority
}

// newRig makes a cluster as it is after its machines have joined: one control
// plane node, two Linux and two Windows workers, none of them ready.
func newRig(t *testing.T) *rig {
	t.Helper()
	store, err := world.Open(t.TempDir())
	require.NoError(t, err)
	ca := newAuthority(t)
	require.NoError(t, store.Update(t.Context(), func(w *world.World) error {
		c := &world.Cluster{
			Endpoint: host, Port: 6443, Name: "demo", Version: "v1.36.5", CACert: ca.pem(), Location: "westeurope",
			ResourceGroupID: "/subscriptions/s/resourceGroups/rg", PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.96.0.0/12",
		}
		for i, n := range []struct{ name, os, role string }{
			{"master-0", "linux", "control-plane"}, {"linux-0", "linux", "worker"}, {"linux-1", "linux", "worker"},
			{"win-0", "windows", "worker"}, {"win-1", "windows", "worker"},
		} {
			c.Nodes = append(c.Nodes, node(n.name, n.os, n.role, i))
		}
		w.Clusters[host] = c
		return nil
	}))
	cert, key := ca.client(t, "system:masters", x509.ExtKeyUsageClientAuth)
	r := &rig{t: t, store: store, ca: ca, config: kubeconfig(t, "https://"+host+":6443", ca.pem(), cert, key)}
	r.provider = kubernetes.Provider(store, kubernetes.Options{AwaitTimeout: 2 * time.Second})
	r.configure(r.config)
	return r
}

func node(name, os, role string, i int) *world.Node {
	n := &world.Node{
		Name: name, VMID: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/" + name,
		OS: os, Role: role, PrivateIP: fmt.Sprintf("10.0.0.%d", 10+i), KubeletVersion: "v1.36.5", Build: "6.8.0-azure",
		Taints: []world.Taint{{Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: "NoSchedule"}},
	}
	if os == "windows" {
		n.Build = "10.0.20348"
	}
	if role == "control-plane" {
		n.Taints = append(n.Taints, world.Taint{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"})
	}
	return n
}

func (r *rig) configure(config string) {
	r.t.Helper()
	require.NoError(r.t, r.provider.Configure(r.t.Context(), p.ConfigureRequest{
		Args: property.NewMap(map[string]property.Value{"kubeconfig": property.New(config).WithSecret(true)}),
	}))
}

func (r *rig) client() dynamic.Interface {
	r.t.Helper()
	c, err := kubernetes.Client(r.store, []byte(r.config))
	require.NoError(r.t, err)
	return c
}

func urn(token, name string) resource.URN {
	return resource.URN("urn:pulumi:dev::demo::" + token + "::" + name)
}

// inputs reads properties from YAML.
func inputs(t *testing.T, text string) property.Map {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(data, &m))
	return props.FromPlainMap(m)
}

// checked runs Check and wants no failures.
func (r *rig) checked(token, name, text string) property.Map {
	r.t.Helper()
	resp, err := r.provider.Check(r.t.Context(), p.CheckRequest{Urn: urn(token, name), Inputs: inputs(r.t, text)})
	require.NoError(r.t, err)
	require.Empty(r.t, resp.Failures)
	return resp.Inputs
}

// create runs Check and Create.
func (r *rig) create(token, name, text string) (p.CreateResponse, error) {
	r.t.Helper()
	in := r.checked(token, name, text)
	return r.provider.Create(r.t.Context(), p.CreateRequest{Urn: urn(token, name), Properties: in})
}

func (r *rig) mustCreate(token, name, text string) p.CreateResponse {
	r.t.Helper()
	resp, err := r.create(token, name, text)
	require.NoError(r.t, err, "%+v", resp.PartialState)
	require.Nil(r.t, resp.PartialState)
	return resp
}

func (r *rig) nodes() map[string]*world.Node {
	r.t.Helper()
	found := map[string]*world.Node{}
	require.NoError(r.t, r.store.View(r.t.Context(), func(w *world.World) error {
		for _, n := range w.Clusters[host].Nodes {
			copied := *n
			found[n.Name] = &copied
		}
		return nil
	}))
	return found
}

const (
	tokenRelease    = "kubernetes:helm.sh/v3:Release"
	tokenDeployment = "kubernetes:apps/v1:Deployment"
	tokenService    = "kubernetes:core/v1:Service"
	tokenConfigMap  = "kubernetes:core/v1:ConfigMap"
	tokenSecret     = "kubernetes:core/v1:Secret"
	tokenNamespace  = "kubernetes:core/v1:Namespace"
	tokenIPAM       = "kubernetes:crd.projectcalico.org/v1:IPAMConfigPatch"

	nodeManager = `
name: cnm
chart: cloud-provider-azure
version: 1.36.0
namespace: kube-system
repositoryOpts: {repo: "https://raw.githubusercontent.com/kubernetes-sigs/cloud-provider-azure/master/helm/repo"}
values: {cloudControllerManager: {enabled: false}}
`
	controllerManager = `
name: ccm
chart: cloud-provider-azure
version: 1.36.0
namespace: kube-system
repositoryOpts: {repo: "https://raw.githubusercontent.com/kubernetes-sigs/cloud-provider-azure/master/helm/repo"}
values: {infra: {clusterName: demo}, cloudNodeManager: {enabled: false}}
`
	calico = `
name: calico
chart: tigera-operator
version: v3.31.7
namespace: tigera-operator
createNamespace: true
repositoryOpts: {repo: "https://docs.tigera.io/calico/charts"}
values:
  kubernetesServiceEndpoint: {host: demo.westeurope.cloudapp.azure.com, port: "6443"}
  installation:
    serviceCIDRs: [10.96.0.0/12]
    calicoNetwork:
      bgp: Disabled
      mtu: 1350
      windowsDataplane: HNS
      ipPools: [{cidr: 192.168.0.0/16, encapsulation: VXLAN}]
`
	ipam = `
apiVersion: crd.projectcalico.org/v1
kind: IPAMConfig
metadata: {name: default, annotations: {pulumi.com/patchForce: "true"}}
spec: {strictAffinity: true, autoAllocateBlocks: true}
`
)

// network installs what makes nodes ready.
func (r *rig) network() {
	r.t.Helper()
	r.mustCreate(tokenRelease, "cnm", nodeManager)
	r.mustCreate(tokenRelease, "calico", calico)
	r.mustCreate(tokenIPAM, "ipam", ipam)
}
