// Package charts knows what a few Helm charts put into a cluster. It does not
// render charts: for each chart it has the objects that matter to the rest of
// the emulator, and it follows the chart's values where they change those.
package charts

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Release is what is asked of a chart.
type Release struct {
	Chart, Version, Repo string
	Name, Namespace      string
	Values               map[string]any
	// KubeVersion is the API server's version, such as v1.36.5. It may be empty
	// in a preview.
	KubeVersion string
}

// Rendered is what a chart puts into a cluster.
type Rendered struct {
	// CRDs are installed first and never removed, as Helm does with a chart's crds folder.
	CRDs []*unstructured.Unstructured
	// Objects belong to the release.
	Objects []*unstructured.Unstructured
	// AppVersion is that of the software.
	AppVersion string
}

// ErrUnknown means that the emulator does not know the chart.
var ErrUnknown = errors.New("the emulator does not know this chart")

type chart struct {
	repos  []string
	render func(Release) (Rendered, error)
}

func known(name string) (chart, bool) {
	calico := []string{"https://docs.tigera.io/calico/charts", "https://projectcalico.docs.tigera.io/charts"}
	c, ok := map[string]chart{
		"cloud-provider-azure": {
			repos:  []string{"https://raw.githubusercontent.com/kubernetes-sigs/cloud-provider-azure/master/helm/repo"},
			render: cloudProviderAzure,
		},
		"metrics-server": {
			repos: []string{"https://kubernetes-sigs.github.io/metrics-server"}, render: metricsServer,
		},
		"azuredisk-csi-driver": {
			repos: []string{
				"https://raw.githubusercontent.com/kubernetes-sigs/azuredisk-csi-driver/master/charts", "https://kubernetes-sigs.github.io/azuredisk-csi-driver",
			},
			render: volumes{short: "azuredisk", driver: "disk.csi.azure.com", attach: true, metrics: 29604, rolls: true}.render,
		},
		"azurefile-csi-driver": {
			repos: []string{
				"https://raw.githubusercontent.com/kubernetes-sigs/azurefile-csi-driver/master/charts", "https://kubernetes-sigs.github.io/azurefile-csi-driver",
			},
			render: volumes{short: "azurefile", driver: "file.csi.azure.com", metrics: 29614}.render,
		},
		"azuremonitor-containers": {
			repos: []string{"https://microsoft.github.io/charts/repo"}, render: azureMonitor,
		},
		"cluster-autoscaler": {
			repos: []string{"https://kubernetes.github.io/autoscaler"}, render: clusterAutoscaler,
		},
		"kube-prometheus-stack": {
			repos: []string{"https://prometheus-community.github.io/helm-charts"}, render: prometheusStack,
		},
		"tigera-operator":          {repos: calico, render: tigeraOperator},
		"crd.projectcalico.org.v1": {repos: calico, render: calicoCRDs},
	}[name]
	return c, ok
}

// Find says what is wrong with a chart's name, repository and version before
// anything is rendered. Unknown charts give [ErrUnknown].
func Find(r Release) error {
	if r.Repo == "" && !strings.HasPrefix(r.Chart, "oci://") && !strings.ContainsAny(r.Chart, "/.") {
		return fmt.Errorf("chart %q not found: give the repository in repositoryOpts.repo", r.Chart)
	}
	c, ok := known(r.Chart)
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknown, r.Chart)
	}
	if slices.Contains(c.repos, strings.TrimSuffix(r.Repo, "/")) {
		return nil
	}
	return fmt.Errorf("chart %q not found in %s repository; it is in %s", r.Chart, r.Repo, c.repos[0])
}

// Render gives what the chart puts into the cluster.
func Render(r Release) (Rendered, error) {
	c, ok := known(r.Chart)
	if !ok {
		return Rendered{}, fmt.Errorf("%w: %s", ErrUnknown, r.Chart)
	}
	rendered, err := c.render(r)
	if err != nil {
		return Rendered{}, fmt.Errorf("render chart %s: %w", r.Chart, err)
	}
	return rendered, nil
}

// merge lays values over defaults, maps into maps.
func merge(defaults, values map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, defaults)
	for k, v := range values {
		below, ok1 := out[k].(map[string]any)
		above, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			out[k] = merge(below, above)
		} else {
			out[k] = v
		}
	}
	return out
}

// minor gives the minor number of v1.36.5, or 0.
func minor(version string) int {
	var major, minor int
	if n, err := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &major, &minor); n != 2 || err != nil {
		return 0
	}
	return minor
}
