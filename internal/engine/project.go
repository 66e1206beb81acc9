package engine

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
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
