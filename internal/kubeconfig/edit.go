package kubeconfig

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// edit is a change of the files under way: all are read, and those that differ
// afterwards are written.
type edit struct {
	files   Files
	configs []*clientcmdapi.Config
}

// edit locks and reads the files, lets change work on them and writes what is
// different.
func (f Files) edit(change func(*edit) error) error {
	// One order for everybody, so that two programs cannot wait for each other.
	for _, path := range slices.Sorted(slices.Values(f)) {
		unlock, err := lock(path)
		if err != nil {
			return err
		}
		defer unlock()
	}
	e := &edit{files: f}
	var before []*clientcmdapi.Config
	for _, path := range f {
		c, err := load(path)
		if err != nil {
			return err
		}
		e.configs, before = append(e.configs, c), append(before, c.DeepCopy())
	}
	if err := change(e); err != nil {
		return err
	}
	for i, c := range e.configs {
		if equality.Semantic.DeepEqual(before[i], c) {
			continue
		}
		if err := store(f[i], c); err != nil {
			return err
		}
	}
	return nil
}

// holding is the file whose entry counts, or the one for new entries: of two
// entries of one name kubectl takes that of the first file.
func (e *edit) holding(has func(*clientcmdapi.Config) bool) *clientcmdapi.Config {
	if i := slices.IndexFunc(e.configs, has); i >= 0 {
		return e.configs[i]
	}
	return e.configs[e.files.first()]
}

// current is the current context as kubectl sees it.
func (e *edit) current() string {
	for _, c := range e.configs {
		if c.CurrentContext != "" {
			return c.CurrentContext
		}
	}
	return ""
}

// refuse fails where an entry of that name is not the owner's.
func (e *edit) refuse(o Options, owner Owner) error {
	var faults []error
	check := func(file, kind string, extensions map[string]runtime.Object) {
		if !o.Force && !owner.owns(extensions) {
			faults = append(faults, fmt.Errorf("%s has a %s %s that is not this stack's: "+
				"choose another name with --context, or replace it with --force", file, kind, o.Name))
		}
	}
	for i, c := range e.configs {
		if v := c.Clusters[o.Name]; v != nil {
			check(e.files[i], "cluster", v.Extensions)
		}
		if v := c.AuthInfos[o.Name]; v != nil {
			check(e.files[i], "user", v.Extensions)
		}
		if v := c.Contexts[o.Name]; v != nil {
			check(e.files[i], "context", v.Extensions)
		}
	}
	return errors.Join(faults...)
}
