package controllers

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// networkNotReady is what kubelet says as long as a node has no pod network.
const networkNotReady = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady " +
	"message:Network plugin returns error: cni plugin not initialized"

// pods schedules what is pending and lets kubelets start it.
func (s *state) pods() {
	for _, pod := range s.list("Pod") {
		if pod.GetDeletionTimestamp() != nil {
			s.remove(pod)
			continue
		}
		s.run(pod)
	}
}

// spec parses a pod's specification, once for all pods of a template.
func (s *state) spec(pod *unstructured.Unstructured) *rules.PodSpec {
	key := string(pod.GetUID())
	if owners, hash := pod.GetOwnerReferences(), templateHash(pod); len(owners) > 0 && hash != "" {
		key = string(owners[0].UID) + hash
	}
	if parsed, ok := s.specs[key]; ok {
		return parsed
	}
	raw, _ := pod.Object["spec"].(map[string]any)
	parsed, err := rules.ParsePod(raw)
	if err != nil {
		parsed = nil // the API server let nothing in that cannot be read
	}
	s.specs[key] = parsed
	return parsed
}

// run brings one pod as far as it gets.
func (s *state) run(pod *unstructured.Unstructured) {
	spec := s.spec(pod)
	if spec == nil {
		return
	}
	if nodeOf(pod) == "" {
		n, why := s.place(pod, spec)
		if n == nil {
			s.set(pod, map[string]any{
				"phase": "Pending",
				"conditions": []any{map[string]any{
					"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why,
				}},
			}, "status")
			return
		}
		s.set(pod, n.Name, "spec", "nodeName")
		s.occupy(pod)
	}
	n := s.cluster.Node(nodeOf(pod))
	if n == nil {
		s.remove(pod) // its node left the cluster
		return
	}
	s.report(pod, spec, n, s.problem(pod, spec, n))
}

// place finds the node of a pod; one of a DaemonSet has no choice.
func (s *state) place(pod *unstructured.Unstructured, spec *rules.PodSpec) (*world.Node, string) {
	if name := targetOf(pod); name != "" {
		n := s.cluster.Node(name)
		if n == nil {
			return nil, fmt.Sprintf("node %q not found", name)
		}
		if why := s.unfit(n, pod, spec); why != "" {
			return nil, fmt.Sprintf("0/%d nodes are available: 1 %s.", len(s.cluster.Nodes), why)
		}
		return n, ""
	}
	return s.schedule(pod, spec)
}

// problem is why a container of a pod waits; the zero value means that it runs.
type problem struct {
	container       string
	reason, message string
}

// problem says what keeps a scheduled pod from running.
func (s *state) problem(pod *unstructured.Unstructured, spec *rules.PodSpec, n *world.Node) problem {
	if n.Lost {
		return problem{reason: "NodeLost", message: fmt.Sprintf("Node %s which was running pod %s is unresponsive", n.Name, pod.GetName())}
	}
	for _, v := range spec.Volumes {
		switch {
		case v.ConfigMap != nil && !v.ConfigMap.Optional && s.get("ConfigMap", pod.GetNamespace(), v.ConfigMap.Name) == nil:
			return problem{reason: "ContainerCreating", message: fmt.Sprintf("MountVolume.SetUp failed for volume %q : configmap %q not found", v.Name, v.ConfigMap.Name)}
		case v.Secret != nil && !v.Secret.Optional && s.get("Secret", pod.GetNamespace(), v.Secret.SecretName) == nil:
			return problem{reason: "ContainerCreating", message: fmt.Sprintf("MountVolume.SetUp failed for volume %q : secret %q not found", v.Name, v.Secret.SecretName)}
		}
	}
	if !spec.HostNetwork {
		if !n.Ready {
			return problem{reason: "ContainerCreating", message: "network is not ready: " + networkNotReady}
		}
		if why := s.noAddress(n); why != "" {
			return problem{reason: "ContainerCreating", message: "Failed to create pod sandbox: " + why}
		}
	}
	for _, c := range spec.Containers {
		if reason, message := imageProblem(c.Image, spec, n); reason != "" {
			return problem{container: c.Name, reason: reason, message: message}
		}
		if message := s.variableProblem(pod.GetNamespace(), c); message != "" {
			return problem{container: c.Name, reason: "CreateContainerConfigError", message: message}
		}
		if message := s.diskProblem(pod.GetNamespace(), n, c); message != "" {
			return problem{container: c.Name, reason: "CrashLoopBackOff", message: message}
		}
		if message := s.metricsProblem(c); message != "" {
			return problem{container: c.Name, reason: "Unhealthy", message: message}
		}
	}
	return problem{}
}

// variableProblem says which Secret of a container's environment is missing.
func (s *state) variableProblem(namespace string, c rules.Container) string {
	for _, v := range c.Env {
		ref := v.ValueFrom.SecretKeyRef
		if ref == nil || ref.Optional {
			continue
		}
		secret := s.get("Secret", namespace, ref.Name)
		if secret == nil {
			return fmt.Sprintf("secret %q not found", ref.Name)
		}
		if _, ok, _ := unstructured.NestedFieldNoCopy(secret.Object, "data", ref.Key); !ok {
			return fmt.Sprintf("couldn't find key %s in Secret %s/%s", ref.Key, namespace, ref.Name)
		}
	}
	return ""
}

// diskProblem says why the disks' driver ends on a Windows node: without a cloud's
// settings it uses what it has not got as soon as the kubelet asks where the node is.
// What the Secret holds is not known here:
// https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/v1.34.5/pkg/azuredisk/nodeserver.go
func (s *state) diskProblem(namespace string, n *world.Node, c rules.Container) string {
	if n.OS != "windows" || path.Base(repository(c.Image)) != "azuredisk-csi" {
		return ""
	}
	name := ""
	for _, arg := range c.Args {
		if value, ok := strings.CutPrefix(arg, "--cloud-config-secret-name="); ok {
			name = value
		}
	}
	if secret := s.get("Secret", namespace, name); secret != nil {
		if _, ok, _ := unstructured.NestedFieldNoCopy(secret.Object, "data", "cloud-config"); ok {
			return ""
		}
	}
	return fmt.Sprintf("back-off 5m0s restarting failed container=%s: panic: runtime error: invalid memory address or nil pointer dereference: "+
		"there is no cloud-config in Secret %s/%s", c.Name, namespace, name)
}

// metricsProblem says why metrics-server is not ready. kubeadm's kubelets serve with
// certificates of their own, which it refuses unless it is told not to:
// https://github.com/kubernetes-sigs/metrics-server#requirements.
func (s *state) metricsProblem(c rules.Container) string {
	if repository(c.Image) != "registry.k8s.io/metrics-server/metrics-server" || slices.Contains(c.Args, "--kubelet-insecure-tls") {
		return ""
	}
	return "Readiness probe failed: HTTP probe failed with statuscode: 500; no metrics to serve: tls: failed to verify certificate: " +
		"x509: cannot validate certificate because it doesn't contain any IP SANs"
}

// noAddress says why the pod network gives no address on a node. Calico wants
// strict affinity as soon as there are Windows nodes:
// https://docs.tigera.io/calico/latest/getting-started/kubernetes/windows-calico/operator.
func (s *state) noAddress(n *world.Node) string {
	if n.OS != "windows" || s.runningPod(n.Name, func(image string) bool { return repository(image) != "" && isCalico(image) }) == nil {
		return ""
	}
	for _, kind := range []string{"IPAMConfig", "IPAMConfiguration"} {
		if config := s.get(kind, "", "default"); config != nil {
			if strict, _, _ := unstructured.NestedBool(config.Object, "spec", "strictAffinity"); strict {
				return ""
			}
		}
	}
	return `plugin type="calico" failed (add): error adding host side routes: global strict affinity should not be false for Windows node`
}

// report writes a scheduled pod's status.
func (s *state) report(pod *unstructured.Unstructured, spec *rules.PodSpec, n *world.Node, p problem) {
	ready, phase, truth := p.reason == "", "Running", "True"
	if !ready {
		phase, truth = "Pending", "False"
	}
	readiness := map[string]any{"type": "Ready", "status": truth}
	if !ready {
		readiness["reason"], readiness["message"] = "ContainersNotReady", p.message
	}
	status := map[string]any{
		"phase": phase, "hostIP": n.PrivateIP,
		"conditions": []any{
			map[string]any{"type": "PodScheduled", "status": "True"}, readiness,
		},
		"containerStatuses": containerStatuses(spec, p),
	}
	if ready {
		status["podIP"] = s.address(pod, spec, n)
	}
	s.set(pod, status, "status")
}

// containerStatuses say of each container that it runs, or what it waits for.
func containerStatuses(spec *rules.PodSpec, p problem) []any {
	containers := make([]any, 0, len(spec.Containers))
	for _, c := range spec.Containers {
		status := map[string]any{"name": c.Name, "image": c.Image, "imageID": "", "ready": p.reason == "", "restartCount": int64(0)}
		switch {
		case p.reason == "":
			status["state"] = map[string]any{"running": map[string]any{}}
		case p.container == "" || p.container == c.Name:
			status["state"] = map[string]any{"waiting": map[string]any{"reason": p.reason, "message": p.message}}
		default:
			status["state"] = map[string]any{"waiting": map[string]any{"reason": "ContainerCreating"}}
		}
		containers = append(containers, status)
	}
	return containers
}

// address is the pod's, which it keeps.
func (s *state) address(pod *unstructured.Unstructured, spec *rules.PodSpec, n *world.Node) string {
	if spec.HostNetwork {
		return n.PrivateIP
	}
	if ip, _, _ := unstructured.NestedString(pod.Object, "status", "podIP"); ip != "" {
		return ip
	}
	network, err := netip.ParsePrefix(s.cluster.PodCIDR)
	if err != nil {
		network = netip.MustParsePrefix("192.168.0.0/16") // Calico's default
	}
	if s.addresses == nil {
		s.addresses = map[string]bool{}
		for _, other := range s.byKind["Pod"] {
			ip, _, _ := unstructured.NestedString(other.Object, "status", "podIP")
			s.addresses[ip] = true
		}
	}
	for ip := network.Addr().Next(); network.Contains(ip); ip = ip.Next() {
		if !s.addresses[ip.String()] {
			s.addresses[ip.String()] = true
			return ip.String()
		}
	}
	return ""
}

func nodeOf(pod *unstructured.Unstructured) string {
	name, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
	return name
}

func podReady(pod *unstructured.Unstructured) bool {
	return api.Condition(pod, "Ready")["status"] == "True" && pod.GetDeletionTimestamp() == nil
}
