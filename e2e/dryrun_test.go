//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestDeclaredObjectsAreTaken: the real API server takes every object that the
// program declares for every scenario, without a field that it does not know.
func TestDeclaredObjectsAreTaken(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.addCRDs()
	files, err := filepath.Glob(filepath.Join("..", "components", "hybridcluster", "testdata", "scenarios", "*", "definition.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	kinds := map[string]bool{}
	for _, file := range append(files, filepath.Join("..", "examples", "windows-hybrid.json")) {
		d := declaredBy(t, file)
		require.NotEmpty(t, d.releases, file) // a cluster without Windows nodes may have no other objects
		for _, u := range d.objects {
			s.haveNamespace(t, u)
			require.NoError(t, s.apply(t.Context(), u, true), "%s: %s %s", file, u.GetKind(), u.GetName())
			kinds[u.GetKind()] = true
		}
	}
	for _, kind := range []string{"Deployment", "Service", "PodDisruptionBudget", "DaemonSet", "ConfigMap", "IPAMConfig", "TigeraStatus", "Tier", "GlobalNetworkPolicy"} {
		require.True(t, kinds[kind], "no scenario declares a %s", kind)
	}
}

// TestADryRunRefuses: what is wrong does not pass.
func TestADryRunRefuses(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.addCRDs()
	d := declaredBy(t, filepath.Join("..", "examples", "windows-hybrid.json"))
	find := func(kind string) *unstructured.Unstructured {
		for _, u := range d.objects {
			if u.GetKind() == kind {
				s.haveNamespace(t, u)
				return u.DeepCopy()
			}
		}
		t.Fatalf("no %s is declared", kind)
		return nil
	}
	for name, tt := range map[string]struct {
		kind  string
		value any
		path  []string
	}{
		"unknown field of a custom resource": {"IPAMConfig", true, []string{"spec", "strictAffinty"}},
		"wrong type in a custom resource":    {"IPAMConfig", "yes", []string{"spec", "strictAffinity"}},
		"unknown field":                      {"Deployment", int64(3), []string{"spec", "replica"}},
		"selector without such pods":         {"Deployment", "other", []string{"spec", "selector", "matchLabels", "app"}},
		"no such type of Service":            {"Service", "Balancer", []string{"spec", "type"}},
	} {
		u := find(tt.kind)
		require.NoError(t, s.apply(t.Context(), u, true), name)
		require.NoError(t, unstructured.SetNestedField(u.Object, tt.value, tt.path...))
		require.Error(t, s.apply(t.Context(), u, true), name)
	}
}

// haveNamespace makes an object's namespace: a dry run makes none for others.
func (s *apiServer) haveNamespace(t *testing.T, u *unstructured.Unstructured) {
	t.Helper()
	if u.GetNamespace() == "" {
		return
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
	namespace.SetName(u.GetNamespace())
	_, err := s.typed.CoreV1().Namespaces().Get(t.Context(), u.GetNamespace(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		err = s.apply(t.Context(), namespace, false)
	}
	require.NoError(t, err)
}
