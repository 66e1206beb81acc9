// Package controlplane runs a Kubernetes control plane as processes of this
// machine: etcd, the API server, the controller manager and the scheduler, with
// the certificates and the flags that kubeadm gives them, and kwok in the place
// of kubelets. Nothing of it needs rights that a user does not have.
package controlplane

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// ControlPlane is one cluster's.
type ControlPlane struct {
	// Dir keeps what it needs between runs: keys, etcd's data, logs. Mode 0700.
	Dir string
	// Programs is the directory of Kubernetes' programs and of etcd, Kwok the path of kwok.
	Programs, Kwok string
	// Version is the release of the programs, such as v1.36.1.
	Version string
	// Address is the one that the control plane says it has. kubeadm takes no loopback address.
	Address string
}

// Files is what kubeadm finds on a machine.
type Files struct {
	// Document holds an InitConfiguration and a ClusterConfiguration, YAML.
	Document string
	// Root are further files by their absolute path, those below
	// /etc/kubernetes/pki among them.
	Root map[string]string
}

const (
	// readyTimeout bounds the start. A machine that builds at the same time is slow.
	readyTimeout = 3 * time.Minute
	readyPoll    = 100 * time.Millisecond
	// nodeAnnotation and nodeAnnotationValue mark the nodes that kwok takes care of.
	nodeAnnotation, nodeAnnotationValue = "kwok.x-k8s.io/node", "fake"
)

// Managed is the annotation of nodes whose kubelet kwok stands in for.
func Managed() (key, value string) { return nodeAnnotation, nodeAnnotationValue }

// Keep writes a machine's files into the directory, where Run finds them. Keys
// are among them, so nobody else may read them.
func (c ControlPlane) Keep(files Files) error {
	all := map[string]string{c.document(): files.Document}
	for name, content := range files.Root {
		all[c.path(name)] = content
	}
	for name, content := range all {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return fmt.Errorf("keeping the control plane's files: %w", err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return fmt.Errorf("keeping the control plane's files: %w", err)
		}
	}
	return nil
}

func (c ControlPlane) document() string { return filepath.Join(c.Dir, "kubeadm.yaml") }

// path is where a file of the machine lies here.
func (c ControlPlane) path(name string) string {
	return filepath.Join(c.Dir, "root", filepath.FromSlash(name))
}

// Run runs the control plane until the context ends, and calls ready once it
// answers, with a client's configuration that may do everything. It returns nil
// after an orderly end, and an error with the end of its log if a process ended
// by itself.
func (c ControlPlane) Run(ctx context.Context, ready func(*rest.Config) error) error {
	ports, err := c.ports(ctx)
	if err != nil {
		return err
	}
	commands, err := c.prepare(ctx, ports)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.path(adminFile))
	if err != nil {
		return fmt.Errorf("reading the administrator's kubeconfig: %w", err)
	}
	group := newGroup(filepath.Join(c.Dir, "logs"))
	// The API server goes before etcd and after all that speak to it.
	defer group.stop()
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if err := group.start(name, commands[name]); err != nil {
			return err
		}
	}
	if err := c.answers(ctx, group, config); err != nil {
		if ctx.Err() != nil {
			return nil // it was stopped before it was ready
		}
		return err
	}
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kwok"} {
		if err := group.start(name, commands[name]); err != nil {
			return err
		}
	}
	if err := ready(config); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-group.ended:
		return err
	}
}

// answers waits for the API server.
func (c ControlPlane) answers(ctx context.Context, group *group, config *rest.Config) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	client, err := rest.UnversionedRESTClientFor(withCodec(config))
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	var last error
	for {
		if last = client.Get().AbsPath("/readyz").Do(ctx).Error(); last == nil {
			return nil
		}
		select {
		case err := <-group.ended:
			return err
		case <-ctx.Done():
			return fmt.Errorf("the API server did not become ready: %w", cmp.Or(last, errors.New("no answer")))
		case <-ticker.C:
		}
	}
}
