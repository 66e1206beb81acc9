package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

const (
	kubernetesDir = "/etc/kubernetes"
	pkiDir        = kubernetesDir + "/pki"
	// adminFile is the kubeconfig that no RBAC rule can take rights from.
	adminFile = kubernetesDir + "/super-admin.conf"
	// serverName is a name that every API server's certificate has.
	serverName = "kubernetes"
	// dryRunDir is kubeadm's environment for the files of a dry run.
	dryRunDir = "KUBEADM_INIT_DRYRUN_DIR"
)

// prepare lets kubeadm make what is missing of certificates, the kubeconfigs and
// the static pods, and gives the commands that the pods' containers would run.
func (c ControlPlane) prepare(ctx context.Context, p ports) (map[string][]string, error) {
	config, pods, err := c.adapted()
	if err != nil {
		return nil, err
	}
	manifests := filepath.Join(c.Dir, "manifests")
	if err := os.MkdirAll(manifests, 0o700); err != nil {
		return nil, fmt.Errorf("making room for manifests: %w", err)
	}
	for _, phase := range [][]string{
		{"certs", "all"},
		{"kubeconfig", "all", "--kubeconfig-dir", c.path(kubernetesDir)},
		{"control-plane", "all", "--dry-run"},
		{"etcd", "local", "--dry-run"},
	} {
		if err := c.kubeadm(ctx, config, manifests, phase); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"super-admin.conf", "controller-manager.conf", "scheduler.conf"} {
		if err := redirect(filepath.Join(c.path(kubernetesDir), name), p.url(p.APIServer)); err != nil {
			return nil, err
		}
	}
	return c.commands(manifests, pods, p)
}

func (c ControlPlane) kubeadm(ctx context.Context, config, manifests string, phase []string) error {
	arguments := append([]string{"init", "phase"}, phase...)
	cmd := exec.CommandContext(ctx, filepath.Join(c.Programs, "kubeadm"), append(arguments, "--config", config)...)
	cmd.Env = append(os.Environ(), dryRunDir+"="+manifests)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("kubeadm %s: %w\n%s", strings.Join(arguments, " "), err, lastLines(out.Bytes(), logLines))
	}
	return nil
}

// documentMark separates YAML documents.
var documentMark = regexp.MustCompile(`(?m)^---\s*$`)

// adapted writes the machine's document as it must be here: with this directory's
// certificates, the release of the programs, and no paths of a machine. pods is
// the network of pods in it.
func (c ControlPlane) adapted() (path, pods string, err error) {
	data, err := os.ReadFile(c.document())
	if err != nil {
		return "", "", fmt.Errorf("reading kubeadm's document: %w", err)
	}
	var out []string
	for _, text := range documentMark.Split(string(data), -1) {
		document := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			return "", "", errors.New("reading kubeadm's document: it is not valid YAML")
		}
		switch document["kind"] {
		case "ClusterConfiguration":
			document["certificatesDir"] = c.path(pkiDir)
			document["kubernetesVersion"] = c.Version
			delete(document, "etcd")
			pods, _, _ = unstructured.NestedString(document, "networking", "podSubnet")
			for _, component := range []string{"apiServer", "controllerManager", "scheduler"} {
				unstructured.RemoveNestedField(document, component, "extraVolumes")
			}
		case "InitConfiguration":
			// They are for the kubelet, and by what the machine's script finds on it.
			delete(document, "patches")
			if address, _, _ := unstructured.NestedString(document, "localAPIEndpoint", "advertiseAddress"); address == "" {
				_ = unstructured.SetNestedField(document, c.Address, "localAPIEndpoint", "advertiseAddress")
			}
		default:
			continue // the kubelet's, and kube-proxy's
		}
		adapted, err := yaml.Marshal(document)
		if err != nil {
			return "", "", fmt.Errorf("writing kubeadm's document: %w", err)
		}
		out = append(out, string(adapted))
	}
	path = filepath.Join(c.Dir, "kubeadm-here.yaml")
	if err := os.WriteFile(path, []byte(strings.Join(out, "---\n")), 0o600); err != nil {
		return "", "", fmt.Errorf("writing kubeadm's document: %w", err)
	}
	return path, pods, nil
}

// redirect makes a kubeconfig lead to the API server on this machine, and still
// check its certificate.
func redirect(path, server string) error {
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server, cluster.TLSServerName = server, serverName
	}
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return nil
}

// withCodec is what a client without types needs.
func withCodec(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.NegotiatedSerializer = serializer.WithoutConversionCodecFactory{CodecFactory: scheme.Codecs}
	return config
}
