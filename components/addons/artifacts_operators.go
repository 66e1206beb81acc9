package addons

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// calicoOperators are the operators that Calico's charts install:
// https://github.com/projectcalico/calico/blob/v3.31.7/charts/tigera-operator/values.yaml
var calicoOperators = map[string]string{"v3.31.7": "v1.40.15"}

// calicoImages are the operator and what it pulls for the parts that are on here, of
// Calico's own release:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/components/calico.go
func calicoImages(r apimodel.Release, windows bool) []bootstrap.Artifact {
	of := func(name string, os apimodel.OSType) bootstrap.Artifact {
		return image("calico-"+strings.TrimSuffix(name, "-windows"), os, "quay.io/calico/"+name+":"+r.Calico)
	}
	list := []bootstrap.Artifact{image(calicoChart, apimodel.Linux, "quay.io/tigera/operator:"+calicoOperators[r.Calico])}
	// pod2daemon-flexvol is pulled by an init container of every node.
	for _, name := range []string{"node", "cni", "pod2daemon-flexvol", "typha", "kube-controllers"} {
		list = append(list, of(name, apimodel.Linux))
	}
	if windows {
		// What Windows nodes run needs Calico's API server, which runs on Linux.
		list = append(list, of("apiserver", apimodel.Linux), of("node-windows", apimodel.Windows), of("cni-windows", apimodel.Windows))
	}
	return list
}

// prometheusImages are those of the values of kube-prometheus-stack and of the charts
// that it depends on, of its hook, and what its operator pulls:
// https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-88.5.3/charts/kube-prometheus-stack/values.yaml
func prometheusImages(windows bool) []bootstrap.Artifact {
	const operator = "v0.93.1"
	var list []bootstrap.Artifact
	for _, reference := range []string{
		"quay.io/prometheus-operator/prometheus-operator:" + operator,
		"quay.io/prometheus-operator/prometheus-config-reloader:" + operator,
		"quay.io/prometheus/prometheus:v3.14.0-distroless",
		"quay.io/prometheus/alertmanager:v0.34.0",
		"ghcr.io/jkroepke/kube-webhook-certgen:1.8.7",
		"registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0",
		"quay.io/prometheus/node-exporter:v1.12.1-distroless",
		"docker.io/grafana/grafana:13.2.0",
		"quay.io/kiwigrid/k8s-sidecar:2.10.1",
	} {
		list = append(list, image(prometheusChart.name, apimodel.Linux, reference))
	}
	if windows {
		list = append(list, image(prometheusChart.name, apimodel.Windows, "ghcr.io/prometheus-community/windows-exporter:0.31.8"))
	}
	return list
}
