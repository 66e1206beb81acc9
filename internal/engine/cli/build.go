package cli

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"

	"github.com/hybridcluster/hybridcluster/internal/gobuild"
)

// The module that pins the CLI. go:embed does not reach into a nested module,
// so these are copies.
var (
	//go:embed module/go.mod.txt
	goMod []byte
	//go:embed module/go.sum.txt
	goSum []byte
)

const (
	cliPackage   = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	versionStamp = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
)

// cached returns the CLI in the cache and builds it if it is not there.
func cached(ctx context.Context, o Options, reason string) (Binary, error) {
	dir, err := cacheDir(o)
	if err != nil {
		return Binary{}, err
	}
	set := gobuild.Set{
		What: "the Pulumi CLI", Dir: dir, GoMod: goMod, GoSum: goSum,
		Programs: []gobuild.Program{{Name: "pulumi", Package: cliPackage}},
		Flags:    []string{"-tags", "grpcnotrace", "-ldflags", "-s -w -X " + versionStamp + "=v" + Pinned},
	}
	b := Binary{Path: set.Path("pulumi"), Version: semver.MustParse(Pinned)}
	if set.Built() {
		return b, nil
	}
	goTool := lookPath("go", o.Getenv("PATH"))
	if goTool == "" {
		return Binary{}, fmt.Errorf("%w: %s, and there is no go command to build one; "+
			"install Pulumi %s or newer (https://www.pulumi.com/docs/install/) "+
			"or Go 1.26 or newer (https://go.dev/dl/)", ErrNotFound, reason, Minimum)
	}
	label := fmt.Sprintf("Building the Pulumi CLI %s (%s). This happens once and takes three to six minutes.", Pinned, reason)
	if err := set.Ensure(ctx, goTool, func() func() { return begin(o, label) }); err != nil {
		return Binary{}, err
	}
	return b, nil
}

func begin(o Options, label string) func() {
	if o.Activity == nil {
		return func() {}
	}
	return o.Activity(label)
}

func cacheDir(o Options) (string, error) {
	root := o.CacheDir
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding a place for the Pulumi CLI: %w; set %s to a CLI you have", err, PathVariable)
		}
		root = filepath.Join(user, "hybridctl")
	}
	return filepath.Join(root, "pulumi", "v"+Pinned), nil
}
