package rules

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateService(obj *unstructured.Unstructured) Faults {
	at := field.NewPath("spec")
	var spec struct {
		Type      string            `json:"type"`
		ClusterIP string            `json:"clusterIP"`
		Selector  map[string]string `json:"selector"`
		Ports     []struct {
			Name       string              `json:"name"`
			Protocol   string              `json:"protocol"`
			Port       int64               `json:"port"`
			NodePort   int64               `json:"nodePort"`
			TargetPort *intstr.IntOrString `json:"targetPort"`
		} `json:"ports"`
	}
	if faults := decode(obj.Object["spec"], &spec, at); len(faults) > 0 {
		return faults
	}
	var faults Faults
	if spec.Type != "" {
		faults = append(faults, oneOf(spec.Type, at.Child("type"), "ClusterIP", "ExternalName", "LoadBalancer", "NodePort")...)
	}
	if len(spec.Ports) == 0 && spec.ClusterIP != "None" && spec.Type != "ExternalName" {
		faults = append(faults, field.Required(at.Child("ports"), ""))
	}
	names, taken := map[string]bool{}, map[string]bool{}
	for i, p := range spec.Ports {
		here := at.Child("ports").Index(i)
		faults = append(faults, port(p.Port, here.Child("port"))...)
		switch {
		case p.Name == "" && len(spec.Ports) > 1:
			faults = append(faults, field.Required(here.Child("name"), ""))
		case p.Name != "":
			faults = append(faults, label(p.Name, here.Child("name"))...)
			if names[p.Name] {
				faults = append(faults, field.Duplicate(here.Child("name"), p.Name))
			}
			names[p.Name] = true
		}
		if p.Protocol != "" {
			faults = append(faults, oneOf(p.Protocol, here.Child("protocol"), "TCP", "UDP", "SCTP")...)
		}
		if key := fmt.Sprintf("%s/%d", p.Protocol, p.Port); taken[key] {
			faults = append(faults, field.Duplicate(here, key))
		} else {
			taken[key] = true
		}
		if p.TargetPort != nil {
			faults = append(faults, targetPort(*p.TargetPort, here.Child("targetPort"))...)
		}
	}
	return append(faults, metavalidation.ValidateLabels(spec.Selector, at.Child("selector"))...)
}

func targetPort(target intstr.IntOrString, at *field.Path) Faults {
	if target.Type == intstr.Int {
		return port(int64(target.IntVal), at)
	}
	var faults Faults
	for _, msg := range validation.IsValidPortName(target.StrVal) {
		faults = append(faults, field.Invalid(at, target.StrVal, msg))
	}
	return faults
}

func port(n int64, at *field.Path) Faults {
	var faults Faults
	for _, msg := range validation.IsValidPortNum(int(n)) {
		faults = append(faults, field.Invalid(at, n, msg))
	}
	return faults
}

func label(name string, at *field.Path) Faults {
	if name == "" {
		return Faults{field.Required(at, "")}
	}
	var faults Faults
	for _, msg := range validation.IsDNS1123Label(name) {
		faults = append(faults, field.Invalid(at, name, msg))
	}
	return faults
}
