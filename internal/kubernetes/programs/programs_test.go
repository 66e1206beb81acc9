package programs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/gobuild"
)

// The copies that an installed hybridctl builds from are those of the modules in tools.
func TestModulesAreCurrent(t *testing.T) {
	t.Parallel()
	for module, pinned := range map[string]struct {
		mod, sum []byte
		require  string
		programs []gobuild.Program
	}{
		"kubernetes": {goMod, goSum, "k8s.io/kubernetes " + Version, all},
		"kwok":       {kwokMod, kwokSum, "sigs.k8s.io/kwok " + KwokVersion, simulator},
	} {
		dir := filepath.Join("..", "..", "..", "tools", module)
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			t.Skip("the folder tools is not here")
		}
		for name, copied := range map[string][]byte{"go.mod": pinned.mod, "go.sum": pinned.sum} {
			want, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, copied), "%s of %s differs: run go generate ./internal/kubernetes/programs", name, module)
		}
		require.Contains(t, string(pinned.mod), "\t"+pinned.require+" ", "the module does not pin what is built")
		for _, program := range pinned.programs {
			require.Regexp(t, `(?m)^(tool |\t)`+regexp.QuoteMeta(program.Package)+`$`, string(pinned.mod), "the module has no such tool")
		}
	}
}

func TestStampSaysMajorAndMinor(t *testing.T) {
	t.Parallel()
	require.Contains(t, stamp(), "gitMajor=1 ")
	require.Regexp(t, `gitMinor=\d+$`, stamp())
}
