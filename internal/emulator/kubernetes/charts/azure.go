package charts

import (
	_ "embed"
	"errors"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
)

//go:embed cloud-provider-azure.yaml
var cloudProviderManifest string

//go:embed cloud-provider-azure-values.yaml
var cloudProviderValues []byte

// cloudProviderAzure follows chart 1.36.0:
// https://github.com/kubernetes-sigs/cloud-provider-azure/tree/master/helm/cloud-provider-azure.
func cloudProviderAzure(r Release) (Rendered, error) {
	var defaults map[string]any
	if err := yaml.Unmarshal(cloudProviderValues, &defaults); err != nil {
		return Rendered{}, fmt.Errorf("read default values: %w", err)
	}
	values := merge(defaults, r.Values)
	controller, _ := values["cloudControllerManager"].(map[string]any)
	node, _ := values["cloudNodeManager"].(map[string]any)
	if controller == nil || node == nil {
		return Rendered{}, errors.New("cloudControllerManager and cloudNodeManager must be objects")
	}
	tag := cloudProviderTag(r.KubeVersion)
	for name, part := range map[string]map[string]any{"cloudControllerManager": controller, "cloudNodeManager": node} {
		if part["imageTag"] == nil {
			part["imageTag"] = tag
		}
		if part["enabled"] == true && part["imageTag"] == "" && r.KubeVersion != "" {
			return Rendered{}, fmt.Errorf("you must use a supported version of Kubernetes or provide %s.imageRepository, %s.imageName and %s.imageTag values", name, name, name)
		}
		if part["imageRepository"] == "mcr.microsoft.com/oss/kubernetes" && minor(r.KubeVersion) >= 32 {
			part["imageRepository"] = "mcr.microsoft.com/oss/v2/kubernetes"
		}
	}
	objects, err := manifest.Render(cloudProviderManifest, map[string]any{
		"controller": controller, "node": node, "infra": values["infra"],
	})
	return Rendered{Objects: objects, AppVersion: tag}, err
}

// cloudProviderTag is the chart's own table of images by Kubernetes release.
func cloudProviderTag(kubeVersion string) string {
	return map[int]string{34: "v1.34.9", 35: "v1.35.4", 36: "v1.36.0"}[minor(kubeVersion)]
}
