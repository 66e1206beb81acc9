package rules

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateWorkload(obj *unstructured.Unstructured) Faults {
	at := field.NewPath("spec")
	spec, ok := obj.Object["spec"].(map[string]any)
	if !ok {
		return Faults{field.Required(at, "")}
	}
	selector, faults := selectorOf(spec["selector"], at.Child("selector"))
	template, _ := spec["template"].(map[string]any)
	meta, _, _ := unstructured.NestedStringMap(template, "metadata", "labels")
	switch {
	case selector == nil && len(faults) == 0, selector != nil && selector.Empty():
		faults = append(faults, field.Required(at.Child("selector"), "empty selector is invalid for "+strings.ToLower(obj.GetKind())))
	case selector != nil && !selector.Matches(labels.Set(meta)):
		faults = append(faults, field.Invalid(at.Child("template", "metadata", "labels"), fmt.Sprint(meta),
			"`selector` does not match template `labels`"))
	}
	faults = append(faults, metavalidation.ValidateLabels(meta, at.Child("template", "metadata", "labels"))...)
	if n, ok, _ := unstructured.NestedInt64(spec, "replicas"); ok && n < 0 {
		faults = append(faults, field.Invalid(at.Child("replicas"), n, "must be greater than or equal to 0"))
	}
	faults = append(faults, validatePod(template["spec"], at.Child("template", "spec"))...)
	if policy, _, _ := unstructured.NestedString(template, "spec", "restartPolicy"); policy != "" {
		faults = append(faults, oneOf(policy, at.Child("template", "spec", "restartPolicy"), "Always")...)
	}
	return faults
}

func selectorOf(v any, at *field.Path) (labels.Selector, Faults) {
	if v == nil {
		return nil, nil
	}
	var parsed metav1.LabelSelector
	if faults := decode(v, &parsed, at); len(faults) > 0 {
		return nil, faults
	}
	if faults := metavalidation.ValidateLabelSelector(&parsed, metavalidation.LabelSelectorValidationOptions{}, at); len(faults) > 0 {
		return nil, faults
	}
	selector, err := metav1.LabelSelectorAsSelector(&parsed)
	if err != nil {
		return nil, Faults{field.Invalid(at, "", err.Error())}
	}
	return selector, nil
}

func validatePod(v any, at *field.Path) Faults {
	raw, ok := v.(map[string]any)
	if !ok {
		return Faults{field.Required(at, "")}
	}
	spec, err := ParsePod(raw)
	if err != nil {
		return Faults{field.Invalid(at, "", err.Error())}
	}
	var faults Faults
	if len(spec.Containers) == 0 {
		faults = append(faults, field.Required(at.Child("containers"), ""))
	}
	volumes := map[string]bool{}
	for i, volume := range spec.Volumes {
		here := at.Child("volumes").Index(i).Child("name")
		faults = append(faults, label(volume.Name, here)...)
		if volumes[volume.Name] {
			faults = append(faults, field.Duplicate(here, volume.Name))
		}
		volumes[volume.Name] = true
	}
	names := map[string]bool{}
	for i, c := range spec.Containers {
		faults = append(faults, validateContainer(c, at.Child("containers").Index(i), volumes, names)...)
	}
	for i, c := range spec.InitContainers {
		faults = append(faults, validateContainer(c, at.Child("initContainers").Index(i), volumes, names)...)
	}
	faults = append(faults, metavalidation.ValidateLabels(spec.NodeSelector, at.Child("nodeSelector"))...)
	for i, t := range spec.Tolerations {
		faults = append(faults, validateToleration(t, at.Child("tolerations").Index(i))...)
	}
	if spec.SecurityContext.WindowsOptions.HostProcess && !spec.HostNetwork {
		faults = append(faults, field.Invalid(at.Child("hostNetwork"), false, "hostNetwork must be true if pod contains any hostProcess containers"))
	}
	return faults
}

func validateContainer(c Container, at *field.Path, volumes, names map[string]bool) Faults {
	faults := label(c.Name, at.Child("name"))
	if names[c.Name] {
		faults = append(faults, field.Duplicate(at.Child("name"), c.Name))
	}
	names[c.Name] = true
	if c.Image == "" {
		faults = append(faults, field.Required(at.Child("image"), ""))
	} else if strings.TrimSpace(c.Image) != c.Image {
		faults = append(faults, field.Invalid(at.Child("image"), c.Image, "must not have leading or trailing whitespace"))
	}
	for i, p := range c.Ports {
		here := at.Child("ports").Index(i)
		faults = append(faults, port(p.ContainerPort, here.Child("containerPort"))...)
		if p.Protocol != "" {
			faults = append(faults, oneOf(p.Protocol, here.Child("protocol"), "TCP", "UDP", "SCTP")...)
		}
		if p.Name != "" {
			for _, msg := range validation.IsValidPortName(p.Name) {
				faults = append(faults, field.Invalid(here.Child("name"), p.Name, msg))
			}
		}
	}
	for i, e := range c.Env {
		for _, msg := range validation.IsEnvVarName(e.Name) {
			faults = append(faults, field.Invalid(at.Child("env").Index(i).Child("name"), e.Name, msg))
		}
	}
	for i, m := range c.VolumeMounts {
		here := at.Child("volumeMounts").Index(i)
		if !volumes[m.Name] {
			faults = append(faults, field.NotFound(here.Child("name"), m.Name))
		}
		if m.MountPath == "" {
			faults = append(faults, field.Required(here.Child("mountPath"), ""))
		}
	}
	return append(faults, validateAmounts(c, at.Child("resources"))...)
}

// validateAmounts wants quantities that parse, and no request above its limit.
func validateAmounts(c Container, at *field.Path) Faults {
	var faults Faults
	limits := map[string]resource.Quantity{}
	for name, text := range c.Resources.Limits {
		q, err := resource.ParseQuantity(text)
		if err != nil {
			faults = append(faults, field.Invalid(at.Child("limits").Key(name), text, err.Error()))
			continue
		}
		limits[name] = q
	}
	for name, text := range c.Resources.Requests {
		here := at.Child("requests").Key(name)
		q, err := resource.ParseQuantity(text)
		if err != nil {
			faults = append(faults, field.Invalid(here, text, err.Error()))
			continue
		}
		if limit, ok := limits[name]; ok && q.Cmp(limit) > 0 {
			faults = append(faults, field.Invalid(here, text, fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
		}
		if q.Sign() < 0 {
			faults = append(faults, field.Invalid(here, text, "must be greater than or equal to 0"))
		}
	}
	return faults
}

func validateToleration(t Toleration, at *field.Path) Faults {
	var faults Faults
	if t.Operator != "" {
		faults = append(faults, oneOf(t.Operator, at.Child("operator"), "Equal", "Exists")...)
	}
	if t.Effect != "" {
		faults = append(faults, oneOf(t.Effect, at.Child("effect"), "NoSchedule", "PreferNoSchedule", "NoExecute")...)
	}
	if t.Operator == "Exists" && t.Value != "" {
		faults = append(faults, field.Invalid(at.Child("operator"), t.Operator, "value must be empty when `operator` is 'Exists'"))
	}
	if t.Key == "" && t.Operator != "Exists" {
		faults = append(faults, field.Invalid(at.Child("operator"), t.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
	}
	return faults
}
