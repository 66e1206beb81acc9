// Package kubeconfig puts a cluster into the user's kubeconfig files and takes it
// out again, and leaves everything else in them alone.
//
// Files are found, locked and chosen as kubectl does it, but replaced as a whole:
// client-go's own writing can be cut off half way.
// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package kubeconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Files are the kubeconfig files of a user, the most important first.
type Files []string

// Default finds the files: those in KUBECONFIG, else .kube/config in the home.
func Default(getenv func(string) string) (Files, error) {
	var files Files
	for _, path := range filepath.SplitList(getenv("KUBECONFIG")) {
		if path != "" && !slices.Contains(files, path) {
			files = append(files, path)
		}
	}
	if len(files) > 0 {
		return files, nil
	}
	for _, home := range []string{getenv("HOME"), getenv("USERPROFILE")} {
		if home != "" {
			return Files{filepath.Join(home, ".kube", "config")}, nil
		}
	}
	return nil, errors.New("no place for a kubeconfig: set KUBECONFIG or HOME")
}

// first is where new entries go: the first file that is there, else the last.
func (f Files) first() int {
	for i, path := range f {
		if _, err := os.Stat(path); err == nil {
			return i
		}
	}
	return len(f) - 1
}

// Owner marks entries as those of one stack.
type Owner struct {
	// Stack is the stack's name, Place tells the same name elsewhere from it.
	Stack string `json:"stack"`
	Place string `json:"place"`
}

// Name is what entries are called if nobody says otherwise.
func (o Owner) Name() string { return "hybridctl-" + strings.ReplaceAll(o.Stack, "/", "-") }

// extension is the name under which an entry's owner stands in it.
const extension = "hybridctl"

func (o Owner) mark() (map[string]runtime.Object, error) {
	data, err := json.Marshal(o)
	return map[string]runtime.Object{extension: &runtime.Unknown{Raw: data, ContentType: runtime.ContentTypeJSON}}, err
}

func (o Owner) owns(extensions map[string]runtime.Object) bool {
	unknown, ok := extensions[extension].(*runtime.Unknown)
	var found Owner
	return ok && json.Unmarshal(unknown.Raw, &found) == nil && found == o
}

// Options say how a cluster is merged.
type Options struct {
	// Name is what cluster, user and context are called; the owner's by default.
	Name string
	// SetContext makes the context the current one.
	SetContext bool
	// Force replaces entries of that name that are not the owner's.
	Force bool
}

// Merged says where a cluster went.
type Merged struct {
	// File holds the context.
	File    string `json:"file"`
	Context string `json:"context"`
	// Current says that it is the current context.
	Current bool `json:"current"`
}

// Merge puts the cluster of a kubeconfig into the files, or renews it there. It
// fails, and changes nothing, where an entry of that name is somebody else's or a
// file cannot be read.
func (f Files) Merge(kubeconfig []byte, owner Owner, o Options) (Merged, error) {
	given, err := clientcmd.Load(kubeconfig)
	if err != nil {
		return Merged{}, fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	current := given.Contexts[given.CurrentContext]
	if current == nil || given.Clusters[current.Cluster] == nil || given.AuthInfos[current.AuthInfo] == nil {
		return Merged{}, errors.New("the cluster's kubeconfig has no current context")
	}
	if o.Name == "" {
		o.Name = owner.Name()
	}
	mark, err := owner.mark()
	if err != nil {
		return Merged{}, fmt.Errorf("marking the entries: %w", err)
	}
	cluster, user := given.Clusters[current.Cluster], given.AuthInfos[current.AuthInfo]
	cluster.Extensions, user.Extensions = mark, mark
	context := &clientcmdapi.Context{
		Cluster: o.Name, AuthInfo: o.Name, Namespace: current.Namespace, Extensions: mark,
	}
	merged := Merged{Context: o.Name}
	err = f.edit(func(e *edit) error {
		if err := e.refuse(o, owner); err != nil {
			return err
		}
		e.holding(func(c *clientcmdapi.Config) bool { return c.Clusters[o.Name] != nil }).Clusters[o.Name] = cluster
		e.holding(func(c *clientcmdapi.Config) bool { return c.AuthInfos[o.Name] != nil }).AuthInfos[o.Name] = user
		e.holding(func(c *clientcmdapi.Config) bool { return c.Contexts[o.Name] != nil }).Contexts[o.Name] = context
		if o.SetContext {
			e.configs[e.files.first()].CurrentContext = o.Name
		}
		merged.File = e.files[slices.IndexFunc(e.configs, func(c *clientcmdapi.Config) bool { return c.Contexts[o.Name] != nil })]
		merged.Current = e.current() == o.Name
		return nil
	})
	return merged, err
}

// Remove takes every entry of an owner out of the files and returns the names of
// the contexts. The current context is unset where it was one of them.
func (f Files) Remove(owner Owner) ([]string, error) {
	// Most files hold nothing of ours; those need no lock.
	if found, err := f.has(owner); err != nil || !found {
		return nil, err
	}
	var removed []string
	err := f.edit(func(e *edit) error {
		for _, c := range e.configs {
			for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
				if !owner.owns(c.Contexts[name].Extensions) {
					continue
				}
				delete(c.Contexts, name)
				removed = append(removed, name)
			}
			maps.DeleteFunc(c.Clusters, func(_ string, v *clientcmdapi.Cluster) bool { return owner.owns(v.Extensions) })
			maps.DeleteFunc(c.AuthInfos, func(_ string, v *clientcmdapi.AuthInfo) bool { return owner.owns(v.Extensions) })
		}
		for _, c := range e.configs {
			if slices.Contains(removed, c.CurrentContext) {
				c.CurrentContext = ""
			}
		}
		return nil
	})
	return removed, err
}

func (f Files) has(owner Owner) (bool, error) {
	for _, path := range f {
		c, err := load(path)
		if err != nil {
			return false, err
		}
		for _, v := range c.Contexts {
			if owner.owns(v.Extensions) {
				return true, nil
			}
		}
		for _, v := range c.Clusters {
			if owner.owns(v.Extensions) {
				return true, nil
			}
		}
		for _, v := range c.AuthInfos {
			if owner.owns(v.Extensions) {
				return true, nil
			}
		}
	}
	return false, nil
}
