// Package access reads a running cluster through its API server: its nodes and
// the state of a workload.
package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// Node is one node, declared or there or both.
type Node struct {
	Name string `json:"name"`
	// Role is control-plane or agent.
	Role string `json:"role"`
	// Pool is the agent pool; empty for the control plane.
	Pool string `json:"pool,omitempty"`
	// OS is linux or windows.
	OS string `json:"os"`
	// Ready is the node's own condition; false also where it is not there.
	Ready bool `json:"ready"`
	// Version is the kubelet's; Address the node's internal one. Both are empty
	// for a node that has not registered.
	Version string `json:"version,omitempty"`
	Address string `json:"address,omitempty"`
	// Image is what the node says its system is, for example "Ubuntu 24.04.3 LTS".
	Image string `json:"osImage,omitempty"`
	// Created is when the node registered.
	Created time.Time `json:"created,omitzero"`
}

const controlPlane = "control-plane"

// Workload is the state of a Deployment.
type Workload struct {
	Name    string `json:"name"`
	Ready   int64  `json:"ready"`
	Desired int64  `json:"desired"`
	// URL is where it is served, if it is.
	URL string `json:"url,omitempty"`
}

// Connect makes a client from a kubeconfig.
func Connect(kubeconfig string) (dynamic.Interface, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(kubeconfig))
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	return client, nil
}

// Declared reads the program's list of nodes from its output.
func Declared(output any) ([]Node, error) {
	data, err := json.Marshal(output)
	if err != nil {
		return nil, fmt.Errorf("reading the declared nodes: %w", err)
	}
	var nodes []Node
	if err := json.Unmarshal(data, &nodes); err != nil {
		return nil, fmt.Errorf("reading the declared nodes: %w", err)
	}
	return nodes, nil
}

// Nodes returns the declared nodes and any others, control plane first, with
// what the API server knows of them.
func Nodes(ctx context.Context, cluster dynamic.Interface, declared []Node) ([]Node, error) {
	list, err := cluster.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}).
		List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing the nodes: %w", err)
	}
	nodes := slices.Clone(declared)
	for i := range list.Items {
		item := &list.Items[i]
		at := slices.IndexFunc(nodes, func(n Node) bool { return n.Name == item.GetName() })
		if at < 0 {
			nodes, at = append(nodes, Node{Name: item.GetName()}), len(nodes)
		}
		nodes[at] = observe(nodes[at], item)
	}
	slices.SortFunc(nodes, func(a, b Node) int {
		// "control-plane" must come first, whatever the others are called.
		if aFirst, bFirst := a.Role == controlPlane, b.Role == controlPlane; aFirst != bFirst {
			if aFirst {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nodes, nil
}

// observe lays what the API server says over what was declared.
func observe(n Node, item *unstructured.Unstructured) Node {
	labels := item.GetLabels()
	if n.Role == "" {
		n.Role = "agent"
		if _, master := labels["node-role.kubernetes.io/control-plane"]; master {
			n.Role = controlPlane
		}
	}
	if n.Pool == "" {
		n.Pool = labels["agentpool"] // of a machine that was added beside the program
	}
	if os := labels["kubernetes.io/os"]; os != "" {
		n.OS = os
	}
	n.Version, _, _ = unstructured.NestedString(item.Object, "status", "nodeInfo", "kubeletVersion")
	n.Image, _, _ = unstructured.NestedString(item.Object, "status", "nodeInfo", "osImage")
	n.Created = item.GetCreationTimestamp().UTC()
	n.Ready = find(item.Object, "type", "Ready", "status", "conditions")["status"] == "True"
	n.Address, _ = find(item.Object, "type", "InternalIP", "status", "addresses")["address"].(string)
	return n
}

// find returns the entry of a list of objects in which key has a value.
func find(object map[string]any, key, value string, path ...string) map[string]any {
	list, _, _ := unstructured.NestedSlice(object, path...)
	for _, entry := range list {
		if m, ok := entry.(map[string]any); ok && m[key] == value {
			return m
		}
	}
	return nil
}

// Deployment reads how many of a Deployment's replicas are ready.
func Deployment(ctx context.Context, cluster dynamic.Interface, namespace, name string) (Workload, error) {
	item, err := cluster.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).
		Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Workload{}, fmt.Errorf("reading the workload: %w", err)
	}
	w := Workload{Name: name}
	w.Desired, _, _ = unstructured.NestedInt64(item.Object, "spec", "replicas")
	w.Ready, _, _ = unstructured.NestedInt64(item.Object, "status", "readyReplicas")
	return w, nil
}
