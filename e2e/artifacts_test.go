package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
)

// listedImages are the images that `hybridctl artifacts` lists for a definition.
func listedImages(t *testing.T, definition, dir string) []string {
	t.Helper()
	config := configOf(t, definition, dir)
	d, report := config.Resolve()
	require.NoError(t, report.Err())
	var images []string
	for _, a := range config.Artifacts(d).List {
		if a.Kind != bootstrap.Image {
			continue
		}
		if a.Origin != "" {
			a.URL = a.Origin
		}
		require.NotRegexp(t, `[:/]$`, a.URL, "a version is missing in it")
		images = append(images, a.URL)
	}
	return images
}

// TestArtifactsHaveTheImagesOfEveryChart: a mirror that is filled from the list starts
// the cluster: no pod of an add-on, an operator or a hook has an image that is not in it.
func TestArtifactsHaveTheImagesOfEveryChart(t *testing.T) {
	t.Parallel()
	scenarios, err := filepath.Glob(filepath.Join("..", "components", "hybridcluster", "testdata", "scenarios", "*", "definition.json"))
	require.NoError(t, err)
	require.NotEmpty(t, scenarios)
	texts := map[string]string{filepath.Join("..", "every-add-on"): everyAddon()}
	for _, file := range append(scenarios, filepath.Join("..", "examples", "windows-hybrid.json")) {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		texts[file] = string(data)
	}
	for file, text := range texts {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			d := declaredOf(t, text, filepath.Dir(file))
			objects := d.objects
			for _, release := range d.releases {
				out := rendered(t, release)
				objects = append(objects, out.Objects...)
				if release["name"] != "calico" {
					continue
				}
				// What the operator makes of it.
				version, _ := release["version"].(string)
				objects = append(objects, controllers.CalicoWorkloads("quay.io/", version, 1, slices.ContainsFunc(out.Objects, forWindows))...)
			}
			listed := listedImages(t, text, filepath.Dir(file))
			for _, u := range objects {
				if _, runs, _ := unstructured.NestedMap(u.Object, "spec", "template", "spec"); !runs {
					continue
				}
				var pod corev1.PodSpec
				specOf(t, u, &pod, "spec", "template", "spec")
				for image := range podImages(pod) {
					require.Contains(t, listed, image, "%s %s", u.GetKind(), u.GetName())
				}
			}
		})
	}
}

// forWindows tells Calico's Installation with a part for Windows.
func forWindows(u *unstructured.Unstructured) bool {
	plane, _, _ := unstructured.NestedString(u.Object, "spec", "calicoNetwork", "windowsDataplane")
	return plane != ""
}

// TestArtifactsHaveTheImagesOfTheirCharts: the same with what the charts themselves make.
func TestArtifactsHaveTheImagesOfTheirCharts(t *testing.T) {
	t.Parallel()
	for _, chart := range theirCharts(t) {
		listed := listedImages(t, chart.text(t), t.TempDir())
		for _, object := range chart.Objects {
			if object.Pod == nil {
				continue
			}
			for image := range imagesOf(object.Pod) {
				require.Contains(t, listed, image, "%s of %s", object.key(), chart.Chart)
			}
		}
		require.True(t, slices.ContainsFunc(listed, func(i string) bool { return strings.HasPrefix(i, "quay.io/calico/node:") }))
	}
}
