package rules

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// PodSpec is the part of a pod's specification that the emulator understands.
type PodSpec struct {
	Containers         []Container       `json:"containers"`
	InitContainers     []Container       `json:"initContainers"`
	NodeName           string            `json:"nodeName"`
	NodeSelector       map[string]string `json:"nodeSelector"`
	Affinity           *Affinity         `json:"affinity"`
	Tolerations        []Toleration      `json:"tolerations"`
	HostNetwork        bool              `json:"hostNetwork"`
	RestartPolicy      string            `json:"restartPolicy"`
	ServiceAccountName string            `json:"serviceAccountName"`
	OS                 struct {
		Name string `json:"name"`
	} `json:"os"`
	SecurityContext struct {
		WindowsOptions struct {
			HostProcess bool `json:"hostProcess"`
		} `json:"windowsOptions"`
	} `json:"securityContext"`
	Volumes        []Volume         `json:"volumes"`
	TopologySpread []TopologySpread `json:"topologySpreadConstraints"`
}

// Container is one container of a pod.
type Container struct {
	Name    string   `json:"name"`
	Image   string   `json:"image"`
	Command []string `json:"command"`
	Args    []string `json:"args"`
	Ports   []struct {
		Name          string `json:"name"`
		ContainerPort int64  `json:"containerPort"`
		HostPort      int64  `json:"hostPort"`
		Protocol      string `json:"protocol"`
	} `json:"ports"`
	Env       []Variable `json:"env"`
	Resources struct {
		Requests map[string]string `json:"requests"`
		Limits   map[string]string `json:"limits"`
	} `json:"resources"`
	VolumeMounts []struct {
		Name      string `json:"name"`
		MountPath string `json:"mountPath"`
	} `json:"volumeMounts"`
}

// Variable is an environment variable, as far as it refers to other objects.
type Variable struct {
	Name      string `json:"name"`
	ValueFrom struct {
		SecretKeyRef *struct {
			Name     string `json:"name"`
			Key      string `json:"key"`
			Optional bool   `json:"optional"`
		} `json:"secretKeyRef"`
	} `json:"valueFrom"`
}

// Volume is a pod's volume, as far as it refers to other objects.
type Volume struct {
	Name      string `json:"name"`
	ConfigMap *struct {
		Name     string `json:"name"`
		Optional bool   `json:"optional"`
	} `json:"configMap"`
	Secret *struct {
		SecretName string `json:"secretName"`
		Optional   bool   `json:"optional"`
	} `json:"secret"`
}

// TopologySpread limits how uneven pods may lie on nodes.
type TopologySpread struct {
	MaxSkew           int64                 `json:"maxSkew"`
	TopologyKey       string                `json:"topologyKey"`
	WhenUnsatisfiable string                `json:"whenUnsatisfiable"`
	LabelSelector     *metav1.LabelSelector `json:"labelSelector"`
}

// Toleration is a pod's tolerance of a taint.
type Toleration struct {
	Key      string `json:"key"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
	Effect   string `json:"effect"`
}

// Affinity is the required node affinity of a pod; the rest is preference.
type Affinity struct {
	NodeAffinity struct {
		Required *struct {
			Terms []struct {
				Expressions []NodeRequirement `json:"matchExpressions"`
				Fields      []NodeRequirement `json:"matchFields"`
			} `json:"nodeSelectorTerms"`
		} `json:"requiredDuringSchedulingIgnoredDuringExecution"`
	} `json:"nodeAffinity"`
}

// NodeRequirement is one expression of a node affinity.
type NodeRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

// ParsePod reads a pod specification.
func ParsePod(spec map[string]any) (*PodSpec, error) {
	parsed := &PodSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(quantities(spec), parsed); err != nil {
		return nil, fmt.Errorf("read pod specification: %w", err)
	}
	return parsed, nil
}

// quantities turns numbers in requests and limits into text, which the API takes both.
func quantities(spec map[string]any) map[string]any {
	copied := runtime.DeepCopyJSON(spec)
	for _, list := range []string{"containers", "initContainers"} {
		containers, _, _ := unstructured.NestedSlice(copied, list)
		for _, c := range containers {
			container, _ := c.(map[string]any)
			for _, part := range []string{"requests", "limits"} {
				amounts, ok, _ := unstructured.NestedMap(container, "resources", part)
				if !ok {
					continue
				}
				for name, v := range amounts {
					amounts[name] = fmt.Sprint(v)
				}
				_ = unstructured.SetNestedMap(container, amounts, "resources", part)
			}
		}
		if containers != nil {
			_ = unstructured.SetNestedSlice(copied, containers, list)
		}
	}
	return copied
}
