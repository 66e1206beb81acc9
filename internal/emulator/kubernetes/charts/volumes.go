package charts

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
)

//go:embed azure-csi-driver.yaml
var volumeDriverManifest string

// volumes is one of the two drivers, whose charts are alike: azuredisk-csi-driver 1.34.5
// and azurefile-csi-driver 1.35.7:
// https://github.com/kubernetes-sigs/azuredisk-csi-driver/tree/master/charts,
// https://github.com/kubernetes-sigs/azurefile-csi-driver/tree/master/charts.
type volumes struct {
	short, driver string
	// attach says that its volumes are attached, as disks are.
	attach bool
	// metrics is the port at which its controller serves them, on the host's network.
	metrics int
	// rolls says that the chart knows no other strategy for the controller.
	rolls bool
}

func (v volumes) render(r Release) (Rendered, error) {
	values := merge(map[string]any{
		"controller": map[string]any{
			"replicas": 2, "hostNetwork": true, "runOnControlPlane": false, "tolerations": []any{
				map[string]any{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"},
				map[string]any{"key": "CriticalAddonsOnly", "operator": "Exists", "effect": "NoSchedule"},
			},
		},
		"linux":   map[string]any{"enabled": true, "tolerations": []any{map[string]any{"operator": "Exists"}}},
		"node":    map[string]any{"cloudConfigSecretName": "azure-cloud-provider"}, //nolint:gosec // a name
		"windows": map[string]any{"enabled": true, "tolerations": []any{map[string]any{"key": "node.kubernetes.io/os", "operator": "Exists", "effect": "NoSchedule"}}},
	}, r.Values)
	affinity := map[string]any{}
	if at(values, "controller", "runOnControlPlane") == true {
		term := map[string]any{"matchExpressions": []any{map[string]any{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}}}
		affinity["nodeAffinity"] = map[string]any{"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": []any{term}}}
	}
	strategy := at(values, "controller", "strategyType")
	if v.rolls {
		strategy = nil
	}
	own, registrar := v.image(r), sidecar("node-driver-registrar", "csi-node-driver-registrar:v2.17.0")
	objects, err := manifest.Render(volumeDriverManifest, map[string]any{
		"short": v.short, "driver": v.driver, "attach": v.attach, "namespace": r.Namespace, "values": values, "affinity": affinity, "strategy": strategy,
		"controllers": v.controllers(own),
		"nodes":       []container{sidecar("liveness-probe", "livenessprobe:v2.19.0"), registrar, {Name: v.short, Image: own}},
		"windows": []container{registrar, {
			Name: v.short, Image: own + "-windows-hp", Args: []string{fmt.Sprintf("--cloud-config-secret-name=%v", at(values, "node", "cloudConfigSecretName"))},
		}},
	})
	return Rendered{Objects: objects, AppVersion: r.Version}, err
}

// container is one of the drivers', as the manifest has it. Port is 0 for none.
type container struct {
	Name, Image string
	Port        int
	Args        []string
}

const sidecars = "mcr.microsoft.com/oss/v2/kubernetes-csi/"

func sidecar(name, image string) container { return container{Name: name, Image: sidecars + image} }

func (v volumes) image(r Release) string { return sidecars + v.short + "-csi:v" + r.Version }

func (v volumes) controllers(own string) []container {
	first := []container{sidecar("csi-snapshotter", "csi-snapshotter:v8.5.0")}
	if v.attach {
		first = []container{sidecar("csi-snapshotter", "csi-snapshotter:v8.6.0"), sidecar("csi-attacher", "csi-attacher:v4.12.0")}
	}
	return slices.Concat(first, []container{
		sidecar("csi-provisioner", "csi-provisioner:v6.3.0"), sidecar("csi-resizer", "csi-resizer:v2.2.0"),
		sidecar("liveness-probe", "livenessprobe:v2.19.0"), {Name: v.short, Image: own, Port: v.metrics},
	})
}
