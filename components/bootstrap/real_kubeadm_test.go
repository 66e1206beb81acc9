package bootstrap_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kubeadm itself reads the documents strictly: a field that it does not know is
// an error. The Windows documents are read by the Linux program, too.
func TestKubeadmAcceptsTheDocuments(t *testing.T) {
	t.Parallel()
	kubeadm := need(t, "kubeadm")
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for name, document := range all {
		texts := map[string]string{}
		if strings.HasSuffix(name, ".ps1") {
			texts["join.yaml"] = windowsJoin(t, document)
		} else {
			_, files := parse(t, document)
			for path, f := range files {
				if strings.Contains(f.Content, "apiVersion: kubeadm.k8s.io/") {
					texts[filepath.Base(path)] = f.Content
				}
			}
		}
		require.NotEmpty(t, texts, name)
		for file, text := range texts {
			path := filepath.Join(t.TempDir(), file)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			out, err := exec.CommandContext(t.Context(), kubeadm, "config", "validate", "--config", path).CombinedOutput()
			require.NoError(t, err, "%s, %s: %s", name, file, out)
		}
	}
}
