package apiserver

import (
	"fmt"
	"net/netip"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// allocate gives a new Service its cluster address and node ports.
func (s *server) allocate(obj *unstructured.Unstructured) error {
	if s.gvk.Group != "" || s.gvk.Kind != "Service" {
		return nil
	}
	kind, _, _ := unstructured.NestedString(obj.Object, "spec", "type")
	if kind == "ExternalName" {
		return nil
	}
	if err := s.clusterIP(obj); err != nil {
		return err
	}
	if kind == "LoadBalancer" || kind == "NodePort" {
		return s.nodePorts(obj)
	}
	return nil
}

func (s *server) clusterIP(obj *unstructured.Unstructured) error {
	asked, _, _ := unstructured.NestedString(obj.Object, "spec", "clusterIP")
	if asked == "None" {
		return nil
	}
	network, err := netip.ParsePrefix(s.cluster.ServiceCIDR)
	if err != nil {
		network = netip.MustParsePrefix("10.96.0.0/12") // kubeadm's default
	}
	used := map[string]bool{}
	s.eachService(func(service *unstructured.Unstructured) {
		ip, _, _ := unstructured.NestedString(service.Object, "spec", "clusterIP")
		used[ip] = true
	})
	at := field.NewPath("spec", "clusterIP")
	if asked != "" {
		ip, err := netip.ParseAddr(asked)
		switch {
		case err != nil:
			return s.refuse(obj, field.Invalid(at, asked, "must be a valid IP address"))
		case !network.Contains(ip):
			return s.refuse(obj, field.Invalid(at, asked, "failed to allocate IP "+asked+": the provided IP is not in the valid range "+network.String()))
		case used[asked]:
			return s.refuse(obj, field.Invalid(at, asked, "failed to allocate IP "+asked+": provided IP is already allocated"))
		}
		return nil
	}
	// The first addresses are the API server's and, by custom, the DNS server's.
	ip := network.Addr()
	for range 10 {
		ip = ip.Next()
	}
	for ip = ip.Next(); network.Contains(ip); ip = ip.Next() {
		if !used[ip.String()] {
			return unstructured.SetNestedField(obj.Object, ip.String(), "spec", "clusterIP")
		}
	}
	return apierrors.NewInternalError(fmt.Errorf("no free address in %s", network))
}

func (s *server) nodePorts(obj *unstructured.Unstructured) error {
	used := map[int64]bool{}
	s.eachService(func(service *unstructured.Unstructured) {
		for _, p := range ports(service) {
			if n, ok := p["nodePort"].(int64); ok {
				used[n] = true
			}
		}
	})
	list := ports(obj)
	var out []any
	for i, p := range list {
		at := field.NewPath("spec", "ports").Index(i).Child("nodePort")
		if n, ok := p["nodePort"].(int64); ok && n != 0 {
			if n < firstNodePort || n > lastNodePort {
				return s.refuse(obj, field.Invalid(at, n, fmt.Sprintf("provided port is not in the valid range. The range of valid ports is %d-%d", firstNodePort, lastNodePort)))
			}
			if used[n] {
				return s.refuse(obj, field.Invalid(at, n, "provided port is already allocated"))
			}
			used[n] = true
			out = append(out, p)
			continue
		}
		for n := int64(firstNodePort); n <= lastNodePort; n++ {
			if !used[n] {
				p["nodePort"], used[n] = n, true
				break
			}
		}
		out = append(out, p)
	}
	if out == nil {
		return nil
	}
	return unstructured.SetNestedSlice(obj.Object, out, "spec", "ports")
}

func (s *server) refuse(obj *unstructured.Unstructured, fault *field.Error) error {
	return apierrors.NewInvalid(s.gvk.GroupKind(), obj.GetName(), field.ErrorList{fault})
}

func (s *server) eachService(visit func(*unstructured.Unstructured)) {
	for _, obj := range s.cluster.Objects {
		u := &unstructured.Unstructured{Object: obj}
		if u.GetKind() == "Service" && u.GetAPIVersion() == "v1" {
			visit(u)
		}
	}
}

func ports(service *unstructured.Unstructured) []map[string]any {
	list, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	var out []map[string]any
	for _, p := range list {
		if port, ok := p.(map[string]any); ok {
			out = append(out, port)
		}
	}
	return out
}
