package charts

import (
	"cmp"
	_ "embed"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
)

//go:embed kube-prometheus-stack.yaml
var prometheusManifest string

// prometheusStack follows chart 88.5.3. What the operator makes of its own kinds,
// Prometheus and Alertmanager themselves, is left out. The Secret that a hook of the
// chart makes is among its objects here:
// https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack.
func prometheusStack(r Release) (Rendered, error) {
	values := prometheusValues(r.Values)
	var workloads, daemons []map[string]any
	var accounts, scraped []string
	for _, part := range prometheusParts() {
		if at(values, part.key, "enabled") != true {
			continue
		}
		name := r.Name + "-" + part.name
		scraped = append(scraped, name)
		if part.image == "" {
			continue // a part of the control plane, which is scraped alone
		}
		accounts = append(accounts, name)
		object := map[string]any{
			"name": name, "container": part.container, "image": part.image, "port": part.port, "service": cmp.Or(part.service, part.port),
			"sidecars": part.sidecars, "secret": "",
		}
		if part.name == "operator" {
			object["secret"] = r.Name + "-admission"
		}
		if part.os == "" {
			object["placement"] = values[part.placement]
			workloads = append(workloads, object)
			continue
		}
		object["nodeSelector"], object["hostProcess"] = map[string]any{"kubernetes.io/os": part.os}, part.os == "windows"
		daemons = append(daemons, object)
	}
	objects, err := manifest.Render(prometheusManifest, map[string]any{
		"name": r.Name, "namespace": r.Namespace, "accounts": accounts, "scraped": scraped, "deployments": workloads, "daemons": daemons,
		"prometheus": specOf(values, "prometheus", "prometheusSpec"), "alertmanager": specOf(values, "alertmanager", "alertmanagerSpec"),
	})
	return Rendered{CRDs: prometheusCRDs(), Objects: objects, AppVersion: operatorTag}, err
}

const operatorTag = "v0.93.1"

// prometheusPart is one program of the stack. placement is where its values have
// the node selector; os is set for those that run on each node of a system.
type prometheusPart struct {
	key, placement, name, container, image, os string
	port                                       int
	service                                    int // its Service's port, where that is another one
	sidecars                                   []map[string]string
}

// prometheusParts have the images of the charts that this version depends on.
func prometheusParts() []prometheusPart {
	const sidecar = "quay.io/kiwigrid/k8s-sidecar:2.10.1"
	return []prometheusPart{
		{
			key: "prometheusOperator", placement: "prometheusOperator", name: "operator", container: "kube-prometheus-stack",
			image: "quay.io/prometheus-operator/prometheus-operator:" + operatorTag, port: 10250, service: 443,
		},
		{
			key: "kubeStateMetrics", placement: "kube-state-metrics", name: "kube-state-metrics", container: "kube-state-metrics",
			image: "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0", port: 8080,
		},
		{
			key: "grafana", placement: "grafana", name: "grafana", container: "grafana", image: "docker.io/grafana/grafana:13.2.0", port: 3000, service: 80,
			sidecars: []map[string]string{{"name": "grafana-sc-dashboard", "image": sidecar}, {"name": "grafana-sc-datasources", "image": sidecar}},
		},
		{
			key: "nodeExporter", name: "prometheus-node-exporter", container: "node-exporter", os: "linux",
			image: "quay.io/prometheus/node-exporter:v1.12.1-distroless", port: 9100,
		},
		{
			key: "windowsMonitoring", name: "prometheus-windows-exporter", container: "windows-exporter", os: "windows",
			image: "ghcr.io/prometheus-community/windows-exporter:0.31.8", port: 9182,
		},
		{key: "kubeControllerManager", name: "kube-controller-manager"},
		{key: "kubeEtcd", name: "kube-etcd"},
		{key: "kubeProxy", name: "kube-proxy"},
		{key: "kubeScheduler", name: "kube-scheduler"},
	}
}

// prometheusValues lays values over the chart's own, in which everything but the
// part for Windows is on and may run anywhere.
func prometheusValues(values map[string]any) map[string]any {
	anywhere := map[string]any{"nodeSelector": map[string]any{}, "tolerations": []any{}}
	defaults := map[string]any{"kube-state-metrics": anywhere}
	for _, part := range prometheusParts() {
		defaults[part.key] = merge(anywhere, map[string]any{"enabled": part.os != "windows"})
	}
	defaults["prometheus"] = map[string]any{"enabled": true, "prometheusSpec": anywhere}
	defaults["alertmanager"] = map[string]any{"enabled": true, "alertmanagerSpec": anywhere}
	return merge(defaults, values)
}

// specOf is the specification of an object that the operator runs; nil for one
// that is off.
func specOf(values map[string]any, part, spec string) any {
	if at(values, part, "enabled") != true {
		return nil
	}
	return at(values, part, spec)
}

func prometheusCRDs() []*unstructured.Unstructured {
	var crds []*unstructured.Unstructured
	for _, kind := range []string{"Alertmanager", "PodMonitor", "Probe", "Prometheus", "PrometheusRule", "ServiceMonitor", "ThanosRuler"} {
		crds = append(crds, api.CRD(schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: kind}, api.Namespaced))
	}
	return crds
}
