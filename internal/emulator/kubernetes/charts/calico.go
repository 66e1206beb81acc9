package charts

import (
	_ "embed"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
)

//go:embed tigera-operator.yaml
var operatorManifest string

const newestCalico = "v3.32.1"

// calicoCRDs is the chart that brings Calico's resource types since 3.32:
// https://github.com/projectcalico/calico/tree/v3.32.1/charts/crd.projectcalico.org.v1.
func calicoCRDs(r Release) (Rendered, error) {
	return Rendered{Objects: controllers.CalicoCRDs(), AppVersion: version(r)}, nil
}

// tigeraOperator follows charts 3.30 to 3.32. Up to 3.31 the chart has the
// resource types in it; since 3.32 they are a chart of their own, or the running
// operator makes them:
// https://github.com/projectcalico/calico/tree/v3.32.1/charts/tigera-operator.
func tigeraOperator(r Release) (Rendered, error) {
	values := merge(map[string]any{
		"installation": map[string]any{"enabled": true, "kubeletVolumePluginPath": "None", "kubernetesProvider": ""},
		"apiServer":    map[string]any{"enabled": true},
		"goldmane":     map[string]any{"enabled": true},
		"whisker":      map[string]any{"enabled": true},
		"manageCRDs":   true,
		"tolerations": []any{
			map[string]any{"effect": "NoExecute", "operator": "Exists"}, map[string]any{"effect": "NoSchedule", "operator": "Exists"},
		},
		"nodeSelector":              map[string]any{"kubernetes.io/os": "linux"},
		"tigeraOperator":            map[string]any{"image": "tigera/operator", "version": operatorVersion(version(r)), "registry": "quay.io"},
		"kubernetesServiceEndpoint": map[string]any{"host": "", "port": "6443"},
	}, r.Values)
	objects, err := manifest.Render(operatorManifest, map[string]any{
		"values": values, "namespace": r.Namespace, "version": version(r), "annotation": controllers.CalicoVersionAnnotation,
	})
	if err != nil {
		return Rendered{}, err
	}
	for _, part := range []struct{ key, kind string }{
		{"installation", "Installation"}, {"apiServer", "APIServer"}, {"goldmane", "Goldmane"}, {"whisker", "Whisker"},
	} {
		section, _ := values[part.key].(map[string]any)
		if section["enabled"] != true {
			continue
		}
		spec := maps.Clone(section)
		delete(spec, "enabled")
		objects = append(objects, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "operator.tigera.io/v1", "kind": part.kind,
			"metadata": map[string]any{"name": "default"}, "spec": spec,
		}})
	}
	rendered := Rendered{Objects: objects, AppVersion: version(r)}
	if n := minor(version(r)); n > 0 && n < 32 {
		rendered.CRDs = controllers.CalicoCRDs()
	}
	return rendered, nil
}

func version(r Release) string {
	if r.Version == "" {
		return newestCalico
	}
	return "v" + strings.TrimPrefix(r.Version, "v")
}

// operatorVersion is the operator that a Calico release is made with, for the
// releases that are known.
func operatorVersion(calico string) string {
	if v, ok := map[string]string{"v3.32.1": "v1.42.3", "v3.31.7": "v1.40.15"}[calico]; ok {
		return v
	}
	return "release-" + strings.TrimPrefix(calico, "v")
}
