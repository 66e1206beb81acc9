package programs

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The copies that an installed hybridctl builds from are those of tools/kubernetes.
func TestModuleIsCurrent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "tools", "kubernetes")
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		t.Skip("tools/kubernetes is not here")
	}
	for name, copied := range map[string][]byte{"go.mod": goMod, "go.sum": goSum} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, copied), "%s differs: run go generate ./internal/kubernetes/programs", name)
	}
	require.True(t, bytes.Contains(goMod, []byte("\tk8s.io/kubernetes "+Version+" ")), "the module does not pin %s", Version)
	for _, program := range all {
		require.True(t, bytes.Contains(goMod, []byte("\t"+program.Package+"\n")), "the module has no tool %s", program.Package)
	}
}

func TestStampSaysMajorAndMinor(t *testing.T) {
	t.Parallel()
	require.Contains(t, stamp(), "gitMajor=1 ")
	require.Regexp(t, `gitMinor=\d+$`, stamp())
}
