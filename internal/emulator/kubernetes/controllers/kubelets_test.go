package controllers

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// react lets the kubelets of a cluster with one node look at objects.
func react(t *testing.T, lost bool, objects ...map[string]any) *world.Cluster {
	t.Helper()
	c := &world.Cluster{
		Endpoint: "demo", Version: "v1.36.5", PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.1.0.0/16",
		Nodes:   []*world.Node{{Name: "n", OS: "linux", Role: "worker", Ready: !lost, Lost: lost, UID: "n"}},
		Objects: objects,
	}
	React(&world.World{}, c)
	return c
}

func object(c *world.Cluster, kind, namespace, name string) *unstructured.Unstructured {
	for _, o := range c.Objects {
		if u := (&unstructured.Unstructured{Object: o}); u.GetKind() == kind && u.GetNamespace() == namespace && u.GetName() == name {
			return u
		}
	}
	return nil
}

func pod(status map[string]any, container map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "namespace": "monitoring", "uid": "p"},
		"spec":   map[string]any{"nodeName": "n", "hostNetwork": true, "containers": []any{container}},
		"status": status,
	}
}

// A pod that the node lifecycle controller marked while its node was not ready yet
// is ready again, as its kubelet says. Nobody says so of a pod that is not, or on a
// node that is lost.
func TestPodsMarkedUnreadyAreReadyAgain(t *testing.T) {
	t.Parallel()
	conditions := func(ready, containers string) []any {
		return []any{
			map[string]any{"type": "Ready", "status": ready}, map[string]any{"type": "ContainersReady", "status": containers},
		}
	}
	for name, tt := range map[string]struct {
		phase, containers string
		lost              bool
		want              string
	}{
		"marked":                        {"Running", "True", false, "True"},
		"a container is not ready":      {"Running", "False", false, "False"},
		"has ended":                     {"Succeeded", "True", false, "False"},
		"on a node that nobody reaches": {"Running", "True", true, "False"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := map[string]any{"phase": tt.phase, "conditions": conditions("False", tt.containers)}
			c := react(t, tt.lost, pod(status, map[string]any{"name": "c", "image": "registry.example.org/c:1"}))
			require.Equal(t, tt.want, api.Condition(object(c, "Pod", "monitoring", "p"), "Ready")["status"])
		})
	}
}

// The DNS server's address is the one that kubelets are told, the tenth of the
// Services' network.
func TestDNSHasTheDeclaredAddress(t *testing.T) {
	t.Parallel()
	address := func(c *world.Cluster, namespace, name string) string {
		ip, _, _ := unstructured.NestedString(object(c, "Service", namespace, name).Object, "spec", "clusterIP")
		return ip
	}
	c := react(t, false)
	require.Equal(t, "10.1.0.10", address(c, "kube-system", "kube-dns"))
	require.Equal(t, "10.1.0.1", address(c, "default", "kubernetes"))
	for cidr, want := range map[string]string{"10.2.0.0/28": "10.2.0.10", "10.2.0.16/28": "10.2.0.26", "10.2.0.0/29": "", "": ""} {
		require.Equal(t, want, fresh{&world.Cluster{ServiceCIDR: cidr}}.ServiceAddress(10), cidr)
	}
}

// A chart's hook that makes the certificate of its webhook makes it: pods that mount
// the Secret would wait for ever.
func TestHookMakesTheSecretOfItsWebhook(t *testing.T) {
	t.Parallel()
	certgen := func(args ...any) map[string]any {
		return map[string]any{"name": "create", "image": "ghcr.io/jkroepke/kube-webhook-certgen:1.8.7", "args": args}
	}
	c := react(t, false, pod(map[string]any{}, certgen("create", "--host=operator,operator.monitoring.svc", "--namespace=monitoring", "--secret-name=admission")))
	secret := object(c, "Secret", "monitoring", "admission")
	require.NotNil(t, secret)
	require.Equal(t, "True", api.Condition(object(c, "Pod", "monitoring", "p"), podNetworkReady)["status"])
	data, _, err := unstructured.NestedStringMap(secret.Object, "data")
	require.NoError(t, err)
	require.Contains(t, data, "key")
	read := func(key string) *x509.Certificate {
		text, err := base64.StdEncoding.DecodeString(data[key])
		require.NoError(t, err)
		block, _ := pem.Decode(text)
		require.NotNil(t, block, key)
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		return certificate
	}
	authorities := x509.NewCertPool()
	authorities.AddCert(read("ca"))
	_, err = read("cert").Verify(x509.VerifyOptions{DNSName: "operator.monitoring.svc", Roots: authorities})
	require.NoError(t, err)

	// What is there stays, and its other command makes none.
	there := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "admission", "namespace": "monitoring"}}
	c = react(t, false, there, pod(map[string]any{}, certgen("create", "--host=operator", "--secret-name=admission")))
	require.Empty(t, object(c, "Secret", "monitoring", "admission").Object["data"])
	c = react(t, false, pod(map[string]any{}, certgen("patch", "--secret-name=admission")))
	require.Nil(t, object(c, "Secret", "monitoring", "admission"))
}
