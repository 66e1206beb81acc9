package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// chartsEnv is a folder with what the charts of others make of the program's values:
// a JSON file for each release. They are not part of this project, so the tests that
// need them are skipped where it is not set.
const chartsEnv = "HYBRIDCLUSTER_CHARTS"

// theirChart is such a file.
type theirChart struct {
	Release, Definition, Chart, Version string
	Objects                             []theirObject
}

// theirObject is what the file says of an object.
type theirObject struct {
	APIVersion, Kind, Namespace, Name string
	Replicas                          *int64
	Pod                               *theirPod
	Ports                             []int64 // of a Service
	Type                              string
}

func (o theirObject) key() string {
	return o.Kind + " " + strings.TrimPrefix(o.Namespace+"/"+o.Name, "/")
}

// theirPod is what it says of a pod.
type theirPod struct {
	HostNetwork                           bool
	NodeSelector                          map[string]string
	Tolerations                           []corev1.Toleration
	Affinity                              *corev1.Affinity
	PriorityClassName, ServiceAccountName string
	InitContainers, Containers            []struct{ Name, Image string }
	WindowsOptions                        *corev1.WindowsSecurityContextOptions
	Mounts                                []struct{ ConfigMap, Secret string }
}

func theirCharts(t *testing.T) []theirChart {
	t.Helper()
	folder := os.Getenv(chartsEnv)
	if folder == "" {
		t.Skipf("%s names no folder of what charts make", chartsEnv)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []theirChart
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var c theirChart
		require.NoError(t, json.Unmarshal(data, &c), file)
		require.NotEmpty(t, c.Objects, file)
		all = append(all, c)
	}
	return all
}

// everyAddon is a definition with every add-on.
func everyAddon() string {
	return definition(func(properties map[string]any) {
		var list []any
		for _, name := range []string{"metrics-server", "azuredisk-csi-driver", "azurefile-csi-driver", "kube-prometheus-stack", "node-problem-detector"} {
			list = append(list, map[string]any{"name": name, "enabled": true})
		}
		list = append(list,
			map[string]any{"name": "cluster-autoscaler", "enabled": true, "pools": []any{
				map[string]any{"name": "lin", "config": map[string]any{"min-nodes": "1", "max-nodes": "3"}},
			}},
			map[string]any{"name": "container-monitoring", "enabled": true, "config": map[string]any{
				"workspaceGuid": "00000000-0000-0000-0000-0000000000e1", "workspaceKey": "cGxhbnRlZCB3b3Jrc3BhY2Uga2V5",
			}},
		)
		properties["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"addons": list}}
	})
}

// text is the definition that a file was made for.
func (c theirChart) text(t *testing.T) string {
	t.Helper()
	if path, ok := strings.CutPrefix(c.Definition, "examples/"); ok {
		data, err := os.ReadFile(filepath.Join("..", "examples", path))
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, "every add-on", c.Definition)
	return everyAddon()
}

// matters are the kinds of which the emulator must have every object: what runs, and
// what that hangs on.
var matters = []string{"DaemonSet", "Deployment", "StatefulSet", "ServiceAccount", "Service", "PriorityClass", "CSIDriver", "APIService", "PodDisruptionBudget"}

// TestEmulatedChartsAreAsTheirs: what the emulator makes of a release is what the
// chart makes of it, where it matters to whether and where something runs.
func TestEmulatedChartsAreAsTheirs(t *testing.T) {
	t.Parallel()
	for _, theirs := range theirCharts(t) {
		t.Run(theirs.Definition+" "+theirs.Release, func(t *testing.T) {
			t.Parallel()
			release := declaredOf(t, theirs.text(t), t.TempDir()).release(theirs.Release)
			require.NotNil(t, release, "the program no longer installs it")
			require.Equal(t, []any{theirs.Chart, theirs.Version}, []any{release["chart"], release["version"]}, "the file is of another chart: make it anew")
			out := rendered(t, release)
			ours := map[string]*unstructured.Unstructured{}
			for _, u := range out.Objects {
				ours[theirObject{Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName()}.key()] = u
			}
			var differences []string
			there := map[string]bool{}
			for _, object := range theirs.Objects {
				there[object.key()] = true
				u := ours[object.key()]
				if u == nil {
					if slices.Contains(matters, object.Kind) {
						differences = append(differences, object.key()+" is missing")
					}
					continue
				}
				for _, difference := range compare(t, object, u) {
					differences = append(differences, object.key()+": "+difference)
				}
			}
			for key := range ours {
				if !there[key] && !ofValuesSince[key] {
					differences = append(differences, key+" is in no chart")
				}
			}
			slices.Sort(differences)
			require.Empty(t, slices.DeleteFunc(differences, func(d string) bool { return ofValuesSince[d] }), strings.Join(differences, "\n"))
		})
	}
}

// ofValuesSince are differences that come of values which the program has changed
// since the files were made.
var ofValuesSince = map[string]bool{
	// Calico's own API server is on where there are Windows nodes.
	"APIServer default": true,
	// The hook's, which the files leave out.
	"Secret monitoring/kube-prometheus-stack-admission": true,
}

func (d declared) release(name string) map[string]any {
	for _, r := range d.releases {
		if r["name"] == name {
			return r
		}
	}
	return nil
}

func (o theirObject) replicas() int64 {
	if o.Replicas == nil {
		return 1
	}
	return *o.Replicas
}

// compare says in what the emulator's object differs.
func compare(t *testing.T, theirs theirObject, u *unstructured.Unstructured) []string {
	t.Helper()
	var all []string
	differ := func(what string, theirs, ours any) {
		if fmt.Sprint(theirs) != fmt.Sprint(ours) {
			all = append(all, fmt.Sprintf("%s is %v and not %v", what, ours, theirs))
		}
	}
	if theirs.Kind == "Service" {
		var spec corev1.ServiceSpec
		specOf(t, u, &spec, "spec")
		var ports []int64
		for _, p := range spec.Ports {
			ports = append(ports, int64(p.Port))
		}
		differ("ports", theirs.Ports, ports)
	}
	if theirs.Pod == nil {
		return all
	}
	var pod corev1.PodSpec
	specOf(t, u, &pod, "spec", "template", "spec")
	if u.GetKind() == "Deployment" {
		replicas, _, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
		differ("replicas", theirs.replicas(), replicas)
	}
	differ("hostNetwork", theirs.Pod.HostNetwork, pod.HostNetwork)
	differ("priorityClassName", theirs.Pod.PriorityClassName, pod.PriorityClassName)
	differ("serviceAccountName", theirs.Pod.ServiceAccountName, pod.ServiceAccountName)
	var windows *corev1.WindowsSecurityContextOptions
	if pod.SecurityContext != nil {
		windows = pod.SecurityContext.WindowsOptions
	}
	differ("hostProcess", hostProcess(theirs.Pod.WindowsOptions), hostProcess(windows))
	their := corev1.PodSpec{NodeSelector: theirs.Pod.NodeSelector, Tolerations: theirs.Pod.Tolerations, Affinity: theirs.Pod.Affinity}
	differ("nodes", placesOf(t, their), placesOf(t, pod))
	missing, more := imagesOf(theirs.Pod), podImages(pod)
	for image := range maps.Clone(missing) {
		if more[image] {
			delete(missing, image)
			delete(more, image)
		}
	}
	for what, images := range map[string]map[string]bool{"images are missing": missing, "images are in no chart": more} {
		if len(images) > 0 {
			all = append(all, what+": "+strings.Join(slices.Sorted(maps.Keys(images)), ", "))
		}
	}
	return append(all, mountDifferences(theirs.Pod, pod)...)
}

// mountDifferences are what the emulator's pod waits for and theirs does not.
func mountDifferences(theirs *theirPod, pod corev1.PodSpec) []string {
	there := map[string]bool{}
	for _, m := range theirs.Mounts {
		there["ConfigMap "+m.ConfigMap], there["Secret "+m.Secret] = true, true
	}
	var all []string
	for _, v := range pod.Volumes {
		switch {
		case v.ConfigMap != nil && !there["ConfigMap "+v.ConfigMap.Name]:
			all = append(all, "mounts ConfigMap "+v.ConfigMap.Name)
		case v.Secret != nil && !there["Secret "+v.Secret.SecretName]:
			all = append(all, "mounts Secret "+v.Secret.SecretName)
		}
	}
	return all
}

func hostProcess(o *corev1.WindowsSecurityContextOptions) bool {
	return o != nil && o.HostProcess != nil && *o.HostProcess
}

func imagesOf(pod *theirPod) map[string]bool {
	images := map[string]bool{}
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		images[c.Image] = true
	}
	return images
}

func podImages(pod corev1.PodSpec) map[string]bool {
	images := map[string]bool{}
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		images[c.Image] = true
	}
	return images
}

func specOf(t *testing.T, u *unstructured.Unstructured, into any, path ...string) {
	t.Helper()
	spec, _, err := unstructured.NestedMap(u.Object, path...)
	require.NoError(t, err)
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(spec, into))
}

// placesOf are the nodes that a pod may run on: of each system and role, without a
// taint and with each that nodes of this project may have.
func placesOf(t *testing.T, pod corev1.PodSpec) []string {
	t.Helper()
	const master = "node-role.kubernetes.io/control-plane"
	taints := map[string]corev1.Taint{
		"":                        {},
		"joined":                  {Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: corev1.TaintEffectNoSchedule},
		"without a network":       {Key: "node.kubernetes.io/not-ready", Effect: corev1.TaintEffectNoSchedule},
		"losing its network":      {Key: "node.kubernetes.io/not-ready", Effect: corev1.TaintEffectNoExecute},
		"with a user's taint":     {Key: "dedicated", Value: "x", Effect: corev1.TaintEffectNoSchedule},
		"emptied by a user":       {Key: "dedicated", Value: "x", Effect: corev1.TaintEffectNoExecute},
		"with the master's taint": {Key: master, Effect: corev1.TaintEffectNoSchedule},
	}
	var places []string
	for name, labels := range map[string]map[string]string{
		"master":  {"kubernetes.io/os": "linux", master: ""},
		"linux":   {"kubernetes.io/os": "linux"},
		"windows": {"kubernetes.io/os": "windows"},
	} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		fits, err := nodeaffinity.GetRequiredNodeAffinity(&corev1.Pod{Spec: pod}).Match(node)
		require.NoError(t, err)
		if !fits {
			continue
		}
		for state, taint := range taints {
			if taint.Key == "" || tolerated(pod.Tolerations, taint) {
				places = append(places, strings.TrimSpace(name+" "+state))
			}
		}
	}
	slices.Sort(places)
	return places
}

func tolerated(tolerations []corev1.Toleration, taint corev1.Taint) bool {
	return slices.ContainsFunc(tolerations, func(t corev1.Toleration) bool {
		if t.Effect != "" && t.Effect != taint.Effect || t.Key != "" && t.Key != taint.Key {
			return false
		}
		return t.Operator == corev1.TolerationOpExists || t.Key != "" && t.Value == taint.Value
	})
}

// TestTheirChartsStartInOrder: in the charts themselves, who takes a taint away bears
// it, and needs no pod network for it.
func TestTheirChartsStartInOrder(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, chart := range theirCharts(t) {
		for _, object := range chart.Objects {
			wanted := map[string][]string{
				"DaemonSet kube-system/cloud-node-manager":         {"master", "linux"},
				"DaemonSet kube-system/cloud-node-manager-windows": {"windows"},
				"Deployment tigera-operator/tigera-operator":       {"master", "linux"},
			}[object.key()]
			if wanted == nil {
				continue
			}
			found[object.key()] = true
			require.True(t, object.Pod.HostNetwork, object.key())
			places := placesOf(t, corev1.PodSpec{NodeSelector: object.Pod.NodeSelector, Tolerations: object.Pod.Tolerations, Affinity: object.Pod.Affinity})
			for _, node := range wanted {
				for _, state := range []string{" joined", " without a network", " losing its network"} {
					require.Contains(t, places, node+state, object.key())
				}
			}
		}
	}
	require.Len(t, found, 3)
}
