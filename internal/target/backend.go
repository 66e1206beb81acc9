package target

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// ownBackend is the URL of a directory of our own. Without the metadata files,
// which are not written atomically, a kill at any moment leaves the state whole.
func ownBackend(dir string) string {
	return "file://" + filepath.ToSlash(dir) + "?metadata=skip"
}

// absoluteBackend makes a relative file:// URL absolute: Pulumi would take it
// from the directory that it runs in, which is not always the user's.
func absoluteBackend(url, dir string) string {
	path, isFile := strings.CutPrefix(url, "file://")
	if !isFile || path == "" || strings.HasPrefix(path, "~") || filepath.IsAbs(path) {
		return url
	}
	return "file://" + filepath.ToSlash(filepath.Join(dir, path))
}

// backend finds out where Pulumi would keep state, in Pulumi's own order. It is
// empty where Pulumi would not know either.
func (o Options) backend() string {
	if o.Backend != "" {
		return absoluteBackend(o.Backend, o.Dir)
	}
	if url := o.Getenv("PULUMI_BACKEND_URL"); url != "" {
		return absoluteBackend(url, o.Dir)
	}
	if url := engine.ProjectBackend(o.Dir); url != "" {
		return url
	}
	if url := o.loggedInto(); url != "" {
		return url
	}
	if o.Getenv("PULUMI_ACCESS_TOKEN") != "" {
		return "https://api.pulumi.com"
	}
	return ""
}

// loggedInto reads where `pulumi login` went.
func (o Options) loggedInto() string {
	home := o.Getenv("PULUMI_HOME")
	if home == "" {
		home = filepath.Join(o.Getenv("HOME"), ".pulumi")
	}
	data, err := os.ReadFile(filepath.Join(home, "credentials.json"))
	if err != nil {
		return ""
	}
	var credentials struct {
		Current string `json:"current"`
	}
	if json.Unmarshal(data, &credentials) != nil {
		return ""
	}
	return credentials.Current
}

// StackNames lists the stacks of a place whose state is in local files, without
// running anything: it is for completion. Elsewhere it knows none.
func StackNames(o Options) []string {
	root := ""
	if url, ok := strings.CutPrefix(o.backend(), "file://"); ok && (!o.Emulator || o.Backend != "") {
		path, _, _ := strings.Cut(url, "?")
		root = filepath.FromSlash(path)
	} else if state, err := StateDir(o.Getenv); err == nil && o.Emulator && o.Backend == "" {
		root = rehearsalIn(state).backend
	}
	if root == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(root, ".pulumi", "stacks", engine.Project, "*.json"))
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}
