package rules

import (
	"encoding/base64"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Default fills in what the API server fills in, as far as anything in the
// emulator looks at it.
func Default(obj *unstructured.Unstructured) {
	switch obj.GetKind() {
	case "Deployment":
		def(obj, int64(1), "spec", "replicas")
		def(obj, int64(600), "spec", "progressDeadlineSeconds")
		def(obj, int64(10), "spec", "revisionHistoryLimit")
		def(obj, "RollingUpdate", "spec", "strategy", "type")
		if text(obj, "spec", "strategy", "type") == "RollingUpdate" {
			def(obj, "25%", "spec", "strategy", "rollingUpdate", "maxSurge")
			def(obj, "25%", "spec", "strategy", "rollingUpdate", "maxUnavailable")
		}
		defaultTemplate(obj)
	case "DaemonSet":
		def(obj, "RollingUpdate", "spec", "updateStrategy", "type")
		if text(obj, "spec", "updateStrategy", "type") == "RollingUpdate" {
			def(obj, int64(1), "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
		}
		defaultTemplate(obj)
	case "StatefulSet":
		def(obj, int64(1), "spec", "replicas")
		defaultTemplate(obj)
	case "Service":
		defaultService(obj)
	case "Secret":
		defaultSecret(obj)
	case "Namespace":
		def(obj, obj.GetName(), "metadata", "labels", "kubernetes.io/metadata.name")
	}
}

func defaultTemplate(obj *unstructured.Unstructured) {
	def(obj, "Always", "spec", "template", "spec", "restartPolicy")
	def(obj, "ClusterFirst", "spec", "template", "spec", "dnsPolicy")
	def(obj, "default-scheduler", "spec", "template", "spec", "schedulerName")
	def(obj, int64(30), "spec", "template", "spec", "terminationGracePeriodSeconds")
}

func defaultService(obj *unstructured.Unstructured) {
	def(obj, "ClusterIP", "spec", "type")
	def(obj, "None", "spec", "sessionAffinity")
	switch text(obj, "spec", "type") {
	case "LoadBalancer":
		def(obj, true, "spec", "allocateLoadBalancerNodePorts")
		def(obj, "Cluster", "spec", "externalTrafficPolicy")
	case "NodePort":
		def(obj, "Cluster", "spec", "externalTrafficPolicy")
	case "ExternalName":
		return
	}
	def(obj, "Cluster", "spec", "internalTrafficPolicy")
	ports, _, _ := unstructured.NestedSlice(obj.Object, "spec", "ports")
	for _, p := range ports {
		port, ok := p.(map[string]any)
		if !ok {
			return
		}
		if _, set := port["protocol"]; !set {
			port["protocol"] = "TCP"
		}
		if _, set := port["targetPort"]; !set && port["port"] != nil {
			port["targetPort"] = port["port"]
		}
	}
	if ports != nil {
		_ = unstructured.SetNestedSlice(obj.Object, ports, "spec", "ports")
	}
}

// defaultSecret moves stringData to data, as the API server does.
func defaultSecret(obj *unstructured.Unstructured) {
	def(obj, "Opaque", "type")
	plain, _, err := unstructured.NestedStringMap(obj.Object, "stringData")
	if err != nil {
		return // Validate reports it
	}
	for k, v := range plain {
		_ = unstructured.SetNestedField(obj.Object, base64.StdEncoding.EncodeToString([]byte(v)), "data", k)
	}
	unstructured.RemoveNestedField(obj.Object, "stringData")
}

// def sets a field that is not set.
func def(obj *unstructured.Unstructured, value any, path ...string) {
	if v, ok, err := unstructured.NestedFieldNoCopy(obj.Object, path...); err == nil && (!ok || v == nil) {
		_ = unstructured.SetNestedField(obj.Object, value, path...)
	}
}

func text(obj *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(obj.Object, path...)
	return s
}
