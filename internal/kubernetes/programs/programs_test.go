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
		main     []byte // of a program that is the module's own
	}{
		"kubernetes":        {mod: goMod, sum: goSum, require: "k8s.io/kubernetes " + Version, programs: all},
		"kwok":              {mod: kwokMod, sum: kwokSum, require: "sigs.k8s.io/kwok " + KwokVersion, programs: simulator},
		"pulumi-kubernetes": {mod: pluginMod, sum: pluginSum, require: "github.com/pulumi/pulumi-kubernetes/provider/v4 " + pluginCommit, main: pluginMain},
	} {
		dir := filepath.Join("..", "..", "..", "tools", module)
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			t.Skip("the folder tools is not here")
		}
		copies := map[string][]byte{"go.mod": pinned.mod, "go.sum": pinned.sum}
		if pinned.main != nil {
			copies["main.go"] = pinned.main
		}
		for name, copied := range copies {
			want, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, copied), "%s of %s differs: run go generate ./internal/kubernetes/programs", name, module)
		}
		require.Regexp(t, `(?m)^(\t|require )`+regexp.QuoteMeta(pinned.require)+`( |$)`, string(pinned.mod), "the module does not pin what is built")
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
