package controllers

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// invalidInstallation writes the operator's defaults into an Installation and says
// what it refuses of it:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/validation.go
func (s *state) invalidInstallation(installation *unstructured.Unstructured, namespace string) string {
	nodes := []string{"spec", "windowsNodes"}
	if !windowsEnabled(installation) {
		// The defaults of a time with Windows stay behind, and are a fault from then on.
		if _, there, _ := unstructured.NestedMap(installation.Object, nodes...); there {
			return "installation spec.WindowsNodes is not valid and should not be provided when Calico for Windows is disabled"
		}
		return ""
	}
	for key, value := range map[string]string{"cniBinDir": "/opt/cni/bin", "cniConfigDir": "/etc/cni/net.d", "cniLogDir": "/var/log/calico/cni"} {
		if set, _, _ := unstructured.NestedString(installation.Object, append(nodes, key)...); set == "" {
			s.set(installation, value, append(nodes, key)...)
		}
	}
	endpoint := s.get("ConfigMap", namespace, endpointConfigMap)
	if endpoint == nil {
		endpoint = &unstructured.Unstructured{Object: map[string]any{}}
	}
	for _, key := range []string{"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"} {
		if value, _, _ := unstructured.NestedString(endpoint.Object, "data", key); value == "" {
			return fmt.Sprintf("services endpoint configmap '%s' does not have all required information for Calico Windows daemonset configuration", endpointConfigMap)
		}
	}
	if cidrs, _, _ := unstructured.NestedStringSlice(installation.Object, "spec", "serviceCIDRs"); len(cidrs) == 0 {
		return "installation spec.ServiceCIDRs must be provided when using Calico CNI on Windows"
	}
	pools, _, _ := unstructured.NestedSlice(installation.Object, "spec", "calicoNetwork", "ipPools")
	for _, p := range pools {
		pool, _ := p.(map[string]any)
		if e, _ := pool["encapsulation"].(string); e != "VXLAN" && e != "None" {
			return fmt.Sprintf("IPv4 IPPool encapsulation %s is not supported by Calico for Windows", e)
		}
	}
	return ""
}

func windowsEnabled(installation *unstructured.Unstructured) bool {
	plane, _, _ := unstructured.NestedString(installation.Object, "spec", "calicoNetwork", "windowsDataplane")
	return plane != "" && plane != "Disabled"
}

// calicoWindows renders what Windows nodes run. It looks at Calico's own API, which
// only Calico's API server serves, and waits for it for ever:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/windows_controller.go
//
// What it once rendered stays when Windows is switched off again.
func (s *state) calicoWindows(installation *unstructured.Unstructured, r rendering, invalid string) {
	const component = "calico-windows"
	if !windowsEnabled(installation) {
		return
	}
	if invalid != "" {
		s.degraded(component, "InvalidConfigurationError", "Invalid Installation provided: "+invalid)
		return
	}
	if ipam, _, _ := unstructured.NestedString(installation.Object, "spec", "cni", "ipam", "type"); ipam == "" || ipam == "Calico" {
		if !s.servesCalicoAPI() && s.get("DaemonSet", calicoNamespace, "calico-node-windows") == nil {
			s.degraded(component, "ResourceNotReady", "Waiting for IPAMConfiguration watch to be established: ")
			return
		}
		if !s.strictAffinity() {
			s.degraded(component, "ResourceReadError", "Invalid StrictAffinity, it must be set to 'true' when using Calico IPAM on Windows: "+
				"StrictAffinity is false, it must be set to 'true' in the default IPAMConfiguration when using Calico IPAM on Windows")
			return
		}
	}
	s.render(installation, r.part("windows"))
	s.available(component)
}

func (s *state) strictAffinity() bool {
	config := s.get("IPAMConfig", "", "default")
	if config == nil {
		return false
	}
	strict, _, _ := unstructured.NestedBool(config.Object, "spec", "strictAffinity")
	return strict
}

// calicoAPIServer renders the API server that serves projectcalico.org/v3, where an
// APIServer asks for it. It tolerates the control plane's taint and needs the pod
// network.
func (s *state) calicoAPIServer(r rendering) {
	const component = "apiserver"
	server := s.get("APIServer", "", "default")
	if server == nil {
		if old := s.get("TigeraStatus", "", component); old != nil {
			s.remove(old)
		}
		return
	}
	if s.get("Namespace", "", calicoNamespace) == nil {
		s.degraded(component, "ResourceNotReady", "Waiting for Installation Variant to be set: ")
		return
	}
	s.render(server, r.part("apiserver"))
	s.progress(component, s.waiting("Deployment", "calico-apiserver"))
}

func (s *state) servesCalicoAPI() bool {
	d := s.get("Deployment", calicoNamespace, "calico-apiserver")
	if d == nil {
		return false
	}
	ready, _, _ := unstructured.NestedInt64(d.Object, "status", "readyReplicas")
	return ready > 0
}
