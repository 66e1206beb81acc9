package controlplane

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

//go:embed kwok.yaml
var kwokConfig []byte

// commands are the programs' command lines, by name.
func (c ControlPlane) commands(manifests, pods string, p ports) (map[string][]string, error) {
	here := map[string]map[string]string{
		"etcd": {
			"data-dir":           filepath.Join(c.Dir, "etcd"),
			"listen-client-urls": p.url(p.Etcd), "advertise-client-urls": p.url(p.Etcd),
			"listen-peer-urls": p.url(p.EtcdPeer), "initial-advertise-peer-urls": p.url(p.EtcdPeer),
			"listen-metrics-urls": "http://" + p.host(p.EtcdMetrics),
			// A rehearsal need not outlive a power failure, and the disk is often slow.
			"unsafe-no-fsync": "true",
		},
		"kube-apiserver": {
			"etcd-servers": p.url(p.Etcd), "secure-port": p.text(p.APIServer), "bind-address": loopback,
			"external-hostname": serverName,
		},
		"kube-controller-manager": {"secure-port": p.text(p.ControllerManager), "bind-address": loopback, "leader-elect": "false"},
		"kube-scheduler":          {"secure-port": p.text(p.Scheduler), "bind-address": loopback, "leader-elect": "false"},
	}
	commands := map[string][]string{}
	for name, overrides := range here {
		command, err := command(filepath.Join(manifests, name+".yaml"))
		if err != nil {
			return nil, err
		}
		if name == "etcd" {
			overrides["initial-cluster"] = flag(command, "name") + "=" + p.url(p.EtcdPeer)
		}
		commands[name] = append([]string{filepath.Join(c.Programs, name)}, c.arguments(command[1:], overrides)...)
	}
	config := filepath.Join(c.Dir, "kwok.yaml")
	if err := os.WriteFile(config, kwokConfig, 0o600); err != nil {
		return nil, fmt.Errorf("writing kwok's configuration: %w", err)
	}
	commands["kwok"] = []string{
		c.Kwok, "--kubeconfig", c.path(adminFile), "--config", config,
		"--manage-nodes-with-annotation-selector", nodeAnnotation + "=" + nodeAnnotationValue, "--node-lease-duration-seconds", "40",
		// Nodes have no ranges of their own where the network gives addresses out.
		"--cidr", cmp.Or(pods, "192.168.0.0/16"),
	}
	return commands, nil
}

// command is what a static pod's container runs.
func command(manifest string) ([]string, error) {
	data, err := os.ReadFile(manifest)
	if err != nil {
		return nil, fmt.Errorf("reading kubeadm's manifest: %w", err)
	}
	var pod corev1.Pod
	if err := yaml.Unmarshal(data, &pod); err != nil {
		return nil, fmt.Errorf("reading kubeadm's manifest %s: %w", filepath.Base(manifest), err)
	}
	if len(pod.Spec.Containers) == 0 || len(pod.Spec.Containers[0].Command) == 0 {
		return nil, fmt.Errorf("kubeadm's manifest %s runs nothing", filepath.Base(manifest))
	}
	return pod.Spec.Containers[0].Command, nil
}

// arguments puts overrides in the place of flags, and leads files of a machine
// to where they lie here.
func (c ControlPlane) arguments(given []string, overrides map[string]string) []string {
	var out []string
	for _, argument := range given {
		name, value, _ := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		if _, ok := overrides[name]; ok {
			continue
		}
		if strings.HasPrefix(value, kubernetesDir+"/") {
			argument = "--" + name + "=" + c.path(value)
		}
		out = append(out, argument)
	}
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		out = append(out, "--"+name+"="+overrides[name])
	}
	return out
}

// flag is the value of a flag in a command, or empty.
func flag(command []string, name string) string {
	for _, argument := range command {
		if value, ok := strings.CutPrefix(argument, "--"+name+"="); ok {
			return value
		}
	}
	return ""
}
