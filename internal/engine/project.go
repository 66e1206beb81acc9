package engine

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"sigs.k8s.io/yaml"
)

// HasProject says whether dir holds our Pulumi project.
func HasProject(dir string) bool {
	p, err := workspace.LoadProject(filepath.Join(dir, "Pulumi.yaml"))
	return err == nil && string(p.Name) == Project
}

// ProjectBackend returns the backend URL that the project's file names, or
// nothing.
func ProjectBackend(dir string) string {
	p, err := workspace.LoadProject(filepath.Join(dir, "Pulumi.yaml"))
	if err != nil || p.Backend == nil {
		return ""
	}
	return p.Backend.URL
}

// StackFile is the path of a stack's config file in a project's directory, and
// whether it is there.
func StackFile(dir, stack string) (string, bool) {
	path := filepath.Join(dir, "Pulumi."+filepath.Base(stack)+".yaml")
	_, err := os.Stat(path)
	return path, err == nil
}

// generated says whether a stack's config file holds nothing but what Pulumi writes
// into it when it makes the stack: how secrets are kept.
func generated(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var file map[string]any
	if err := yaml.Unmarshal(data, &file); err != nil {
		return false
	}
	for _, own := range []string{"secretsprovider", "encryptedkey", "encryptionsalt"} {
		delete(file, own)
	}
	return len(file) == 0
}
