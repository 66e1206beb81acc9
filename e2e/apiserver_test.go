//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

// controlPlaneDocument is a kubeadm document for a control plane without a cluster
// of ours; kubeadm makes its certificates.
const controlPlaneDocument = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.4, bindPort: 6443}
nodeRegistration: {name: control-plane, criSocket: "unix:///run/containerd/containerd.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 192.168.0.0/16, serviceSubnet: 10.0.0.0/16}
`

// apiServer is a real control plane for the test alone.
type apiServer struct {
	t       *testing.T
	typed   kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	dir := kubernetesPrograms(t)
	kwok, err := programs.Kwok(t.Context(), func(label string) func() { t.Log(label); return func() {} })
	require.NoError(t, err)
	plane := controlplane.ControlPlane{Dir: t.TempDir(), Programs: dir, Kwok: kwok, Version: programs.Version, Address: "10.0.0.4"}
	require.NoError(t, plane.Keep(controlplane.Files{Document: controlPlaneDocument}))
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan *rest.Config, 1), make(chan error, 1)
	go func() {
		ended <- plane.Run(ctx, func(c *rest.Config) error { ready <- c; return nil })
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	var config *rest.Config
	select {
	case config = <-ready:
	case err := <-ended:
		ended <- nil
		require.NoError(t, err)
	}
	config.QPS = -1
	s := &apiServer{t: t}
	s.typed, err = kubernetes.NewForConfig(config)
	require.NoError(t, err)
	s.dynamic, err = dynamic.NewForConfig(config)
	require.NoError(t, err)
	client, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	s.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	return s
}

// apply applies an object on the server's side, strictly: fields that the server
// does not know are faults.
func (s *apiServer) apply(ctx context.Context, u *unstructured.Unstructured, dryRun bool) error {
	mapping, err := s.mapper.RESTMapping(u.GroupVersionKind().GroupKind(), u.GroupVersionKind().Version)
	if err != nil {
		return err
	}
	data, err := json.Marshal(u.Object)
	if err != nil {
		return err
	}
	force := true
	options := metav1.PatchOptions{FieldManager: "test", Force: &force, FieldValidation: "Strict"}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	api := s.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == "namespace" {
		_, err = api.Namespace(u.GetNamespace()).Patch(ctx, u.GetName(), types.ApplyPatchType, data, options)
	} else {
		_, err = api.Patch(ctx, u.GetName(), types.ApplyPatchType, data, options)
	}
	return err
}

// addCRDs applies the definitions of kinds that charts would bring, and waits
// until they are served.
func (s *apiServer) addCRDs() {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "crds", "*.yaml"))
	require.NoError(s.t, err)
	require.NotEmpty(s.t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(s.t, err)
		u := &unstructured.Unstructured{}
		require.NoError(s.t, yaml.Unmarshal(data, &u.Object))
		require.NoError(s.t, s.apply(s.t.Context(), u, false))
		name := u.GetName()
		eventually(s.t, name+" is served", func(ctx context.Context) bool {
			s.mapper.Reset()
			live, err := s.dynamic.Resource(api.CRDs()).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return false
			}
			conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
			return slices.ContainsFunc(conditions, func(c any) bool {
				m, _ := c.(map[string]any)
				return m["type"] == "Established" && m["status"] == "True"
			})
		})
	}
}
