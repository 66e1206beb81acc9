package kubernetes_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func webDeployment(image string, extra string) string {
	return `
metadata: {name: web, namespace: default}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {kubernetes.io/os: windows}
      containers:
      - name: web
        image: ` + image + `
        ports: [{containerPort: 8080}]
        resources: {requests: {cpu: 100m, memory: 200Mi}, limits: {cpu: "1", memory: 800Mi}}
` + extra
}

const (
	image2022  = "mcr.microsoft.com/dotnet/samples:aspnetapp-nanoserver-ltsc2022"
	webService = `
metadata: {name: web, namespace: default}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`
)

// TestNodesBecomeReadyInOrder follows the one order that works: cloud node
// manager, Calico, cloud controller manager, workload.
func TestNodesBecomeReadyInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)

	r.mustCreate(tokenRelease, "cnm", nodeManager)
	for name, n := range r.nodes() {
		require.False(t, n.Ready, name)
		require.Equal(t, "azure://"+n.VMID, n.ProviderID, name)
		require.NotContains(t, keys(n), "node.cloudprovider.kubernetes.io/uninitialized")
		require.Contains(t, keys(n), "node.kubernetes.io/not-ready")
	}

	r.mustCreate(tokenRelease, "calico", calico)
	r.mustCreate(tokenIPAM, "ipam", ipam)
	for name, n := range r.nodes() {
		require.True(t, n.Ready, name)
		require.NotContains(t, keys(n), "node.kubernetes.io/not-ready")
	}

	r.mustCreate(tokenRelease, "ccm", controllerManager)
	r.mustCreate(tokenDeployment, "web", webDeployment(image2022, ""))
	for _, pod := range r.pods("default") {
		node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
		require.True(t, strings.HasPrefix(node, "win-"), "a Windows pod ran on %s", node)
	}

	service := r.mustCreate(tokenService, "web", webService)
	ip := publicIP(t, service)
	var addresses, balancers int
	require.NoError(t, r.store.View(t.Context(), func(w *world.World) error {
		for _, res := range w.Resources {
			require.Equal(t, world.OwnerCloudProvider, res.Owner)
			switch res.Type {
			case "Microsoft.Network/publicIPAddresses":
				addresses++
				require.Equal(t, ip, res.Outputs["ipAddress"])
				require.True(t, strings.HasPrefix(res.Name, "demo-a"), res.Name)
			case "Microsoft.Network/loadBalancers":
				balancers++
				require.Equal(t, "demo", res.Name)
			}
		}
		return nil
	}))
	require.Equal(t, 1, addresses)
	require.Equal(t, 1, balancers)

	require.NoError(t, r.provider.Delete(t.Context(), p.DeleteRequest{
		ID: service.ID, Urn: urn(tokenService, "web"), Properties: service.Properties,
	}))
	require.NoError(t, r.store.View(t.Context(), func(w *world.World) error {
		require.Empty(t, w.Resources)
		return nil
	}))
}

// TestAwaitedCloudControllerBeforeNetwork is the trap: it cannot run before a
// pod network makes the control plane node ready.
func TestAwaitedCloudControllerBeforeNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustCreate(tokenRelease, "cnm", nodeManager)
	resp, err := r.create(tokenRelease, "ccm", controllerManager)
	require.ErrorContains(t, err, "failed to become available within allocated timeout. Error: Helm Release kube-system/ccm")
	require.NotNil(t, resp.PartialState)
	require.Equal(t, "kube-system/ccm", resp.ID)
	reasons := strings.Join(resp.PartialState.Reasons, "\n")
	require.Contains(t, reasons, "0/1 Pods ready: [Unschedulable] 0/5 nodes are available: 5 node(s) had untolerated taint {node.kubernetes.io/not-ready: }")

	// The release is recorded, and comes up once the network is there.
	r.mustCreate(tokenRelease, "calico", calico)
	read, err := r.provider.Read(t.Context(), p.ReadRequest{ID: resp.ID, Urn: urn(tokenRelease, "ccm"), Inputs: inputs(t, controllerManager)})
	require.NoError(t, err)
	require.Equal(t, resp.ID, read.ID)
	require.Equal(t, "1", ready(t, r, "kube-system", "cloud-controller-manager"))
}

func TestWorkloadOnWindows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		build, image, spec, want string
	}{
		"fits":                  {"10.0.20348", image2022, "", ""},
		"2022 image on 2025":    {"10.0.26100", image2022, "", ""},
		"2019 image on 2022":    {"10.0.20348", "example.com/web:ltsc2019", "", "[CreateContainerError] failed to create containerd container: the container operating system does not match the host operating system"},
		"2022 image on 2019":    {"10.0.17763", image2022, "", "the container operating system does not match"},
		"2025 image on 2022":    {"10.0.20348", "example.com/web:10.0-nanoserver-ltsc2025", "", "the container operating system does not match"},
		"samples on 2019":       {"10.0.17763", "mcr.microsoft.com/dotnet/samples:aspnetapp", "", "[ImagePullBackOff] Back-off pulling image"},
		"Linux image":           {"10.0.20348", "mcr.microsoft.com/dotnet/samples:aspnetapp-chiseled", "", "no match for platform in manifest"},
		"more memory than room": {"10.0.20348", image2022, "      - {name: big, image: x, resources: {requests: {memory: 9Ti}}}\n", "2 Insufficient memory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			require.NoError(t, r.store.Update(t.Context(), func(w *world.World) error {
				for _, n := range w.Clusters[host].Nodes {
					if n.OS == "windows" {
						n.Build = tc.build
					}
				}
				return nil
			}))
			r.network()
			resp, err := r.create(tokenDeployment, "web", webDeployment(tc.image, tc.spec))
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "'web' timed out waiting to be Ready")
			require.Equal(t, "default/web", resp.ID)
			reasons := strings.Join(resp.PartialState.Reasons, "\n")
			require.Contains(t, reasons, "0/3 Pods ready")
			require.Contains(t, reasons, "Minimum number of live Pods was not attained")
			require.Contains(t, reasons, tc.want)
		})
	}
}

// TestCalicoNeedsItsSettings: without them the operator does nothing, and a
// workload says what it waits for.
func TestCalicoNeedsItsSettings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from, to, degraded string
	}{
		"service CIDRs":    {"serviceCIDRs: [10.96.0.0/12]", "variant: Calico", "installation spec.ServiceCIDRs must be provided when using Calico CNI on Windows"},
		"endpoint":         {`host: demo.westeurope.cloudapp.azure.com`, `host: ""`, "kubernetes-services-endpoint"},
		"VXLANCrossSubnet": {"encapsulation: VXLAN", "encapsulation: VXLANCrossSubnet", "not supported by Calico for Windows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.mustCreate(tokenRelease, "cnm", nodeManager)
			r.mustCreate(tokenRelease, "calico", strings.Replace(calico, tc.from, tc.to, 1))
			installation, err := r.client().Resource(schema.GroupVersionResource{Group: "operator.tigera.io", Version: "v1", Resource: "installations"}).
				Get(t.Context(), "default", metav1.GetOptions{})
			require.NoError(t, err)
			conditions, _, _ := unstructured.NestedSlice(installation.Object, "status", "conditions")
			require.Contains(t, conditions[1].(map[string]any)["message"], tc.degraded)
			for _, n := range r.nodes() {
				require.False(t, n.Ready)
			}
		})
	}
}

func TestWindowsPodsNeedStrictAffinity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	r.mustCreate(tokenIPAM, "ipam", strings.Replace(ipam, "strictAffinity: true", "strictAffinity: false", 1))
	resp, err := r.create(tokenDeployment, "web", webDeployment(image2022, ""))
	require.Error(t, err)
	require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), "global strict affinity should not be false for Windows node")
}

// TestCalicoResourceTypes: the operator's chart has had none since 3.32.
func TestCalicoResourceTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.mustCreate(tokenRelease, "cnm", nodeManager)
	newer := strings.Replace(calico, "v3.31.7", "v3.32.1", 1)
	_, err := r.create(tokenRelease, "calico", newer)
	require.ErrorContains(t, err, `no matches for kind "Installation" in version "operator.tigera.io/v1" ensure CRDs are installed first`)
	_, err = r.create(tokenIPAM, "ipam", ipam)
	require.ErrorContains(t, err, "Verify that any required CRDs have been created")

	r.mustCreate(tokenRelease, "crds", `
name: crds
chart: crd.projectcalico.org.v1
version: v3.32.1
namespace: kube-system
repositoryOpts: {repo: "https://docs.tigera.io/calico/charts"}
`)
	r.mustCreate(tokenRelease, "calico", newer)
	r.mustCreate(tokenIPAM, "ipam", ipam)
	require.True(t, r.nodes()["win-0"].Ready)
}

func TestInternalLoadBalancer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	r.mustCreate(tokenRelease, "ccm", controllerManager)
	r.mustCreate(tokenDeployment, "web", webDeployment(image2022, ""))
	service := r.mustCreate(tokenService, "web", strings.Replace(webService, "namespace: default",
		`namespace: default, annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}`, 1))
	require.True(t, strings.HasPrefix(publicIP(t, service), "10.0.0."))
}

func TestLoadBalancerNeedsTheCloudController(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	r.mustCreate(tokenDeployment, "web", webDeployment(image2022, ""))
	resp, err := r.create(tokenService, "web", webService)
	require.ErrorContains(t, err, "failed to fully initialize or become live: 'web' timed out waiting to be Ready")
	require.Contains(t, resp.PartialState.Reasons, "Service was not allocated an IP address; does your cloud provider support this?")
	require.Equal(t, "default/web", resp.ID)
}

func keys(n *world.Node) []string {
	var list []string
	for _, taint := range n.Taints {
		list = append(list, taint.Key)
	}
	return list
}

func (r *rig) pods(namespace string) []unstructured.Unstructured {
	r.t.Helper()
	list, err := r.client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(namespace).
		List(r.t.Context(), metav1.ListOptions{})
	require.NoError(r.t, err)
	require.NotEmpty(r.t, list.Items)
	return list.Items
}

func ready(t *testing.T, r *rig, namespace, deployment string) string {
	t.Helper()
	d, err := r.client().Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace(namespace).
		Get(t.Context(), deployment, metav1.GetOptions{})
	require.NoError(t, err)
	n, _, _ := unstructured.NestedInt64(d.Object, "status", "readyReplicas")
	return string(rune('0' + n))
}

func publicIP(t *testing.T, resp p.CreateResponse) string {
	t.Helper()
	ingress := resp.Properties.Get("status").AsMap().Get("loadBalancer").AsMap().Get("ingress").AsArray()
	require.Equal(t, 1, ingress.Len())
	return ingress.Get(0).AsMap().Get("ip").AsString()
}
