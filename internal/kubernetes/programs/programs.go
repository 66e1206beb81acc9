// Package programs gets Kubernetes' own programs: those of the control plane,
// kubeadm, the kubelet, kubectl and etcd, kwok, which stands in for kubelets, and
// Pulumi's Kubernetes plugin. They are built from the modules in tools/kubernetes,
// tools/kwok and tools/pulumi-kubernetes, once, and kept in the user's cache.
package programs

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/gobuild"
)

//go:generate cp ../../../tools/kubernetes/go.mod module/go.mod.txt
//go:generate cp ../../../tools/kubernetes/go.sum module/go.sum.txt
//go:generate cp ../../../tools/kwok/go.mod kwok/go.mod.txt
//go:generate cp ../../../tools/kwok/go.sum kwok/go.sum.txt
//go:generate cp ../../../tools/pulumi-kubernetes/go.mod plugin/go.mod.txt
//go:generate cp ../../../tools/pulumi-kubernetes/go.sum plugin/go.sum.txt
//go:generate cp ../../../tools/pulumi-kubernetes/main.go plugin/main.go.txt

// The modules that pin the programs. go:embed does not reach into a nested
// module, so these are copies.
var (
	//go:embed module/go.mod.txt
	goMod []byte
	//go:embed module/go.sum.txt
	goSum []byte
	//go:embed kwok/go.mod.txt
	kwokMod []byte
	//go:embed kwok/go.sum.txt
	kwokSum []byte
	//go:embed plugin/go.mod.txt
	pluginMod []byte
	//go:embed plugin/go.sum.txt
	pluginSum []byte
	//go:embed plugin/main.go.txt
	pluginMain []byte
)

const (
	// Version is the release of Kubernetes that is built.
	Version = "v1.37.2"
	// KwokVersion is the release of kwok that is built.
	KwokVersion = "v0.8.0"
	// PluginVersion is the release of Pulumi's Kubernetes plugin that came next after
	// the commit that is built.
	PluginVersion = "4.25.0"
	// pluginCommit is what the module pins.
	pluginCommit = "v4.0.0-20260115033456-f47bc2d6f199"
)

// all are the programs. The quick ones come first: what is built stays when the
// rest is interrupted.
var all = []gobuild.Program{
	{Name: "kubeadm", Package: "k8s.io/kubernetes/cmd/kubeadm"},
	{Name: "kubectl", Package: "k8s.io/kubernetes/cmd/kubectl"},
	{Name: "kubelet", Package: "k8s.io/kubernetes/cmd/kubelet"},
	{Name: "etcd", Package: "go.etcd.io/etcd/server/v3"},
	{Name: "kube-scheduler", Package: "k8s.io/kubernetes/cmd/kube-scheduler"},
	{Name: "kube-controller-manager", Package: "k8s.io/kubernetes/cmd/kube-controller-manager"},
	{Name: "kube-apiserver", Package: "k8s.io/kubernetes/cmd/kube-apiserver"},
}

var simulator = []gobuild.Program{{Name: "kwok", Package: "sigs.k8s.io/kwok/cmd/kwok"}}

// plugin is called as the Pulumi engine looks for it.
var plugin = []gobuild.Program{{Name: "pulumi-resource-kubernetes", Package: "."}}

// Begin is told what takes long before it starts. What it returns is called at
// the end.
type Begin func(label string) (end func())

// Directory returns the directory with Kubernetes' programs, and builds them if
// they are not there. Building needs the go command and takes some minutes.
func Directory(ctx context.Context, begin Begin) (string, error) {
	return ensure(ctx, gobuild.Set{
		What: "Kubernetes' programs", Dir: filepath.Join("kubernetes", Version), GoMod: goMod, GoSum: goSum, Programs: all,
		Flags: []string{"-trimpath", "-ldflags", stamp()},
	}, "Building the programs of Kubernetes "+Version+". This happens once and takes six to twelve minutes.", begin)
}

// Kwok returns the path of kwok, and builds it as [Directory] does.
func Kwok(ctx context.Context, begin Begin) (string, error) {
	dir, err := ensure(ctx, gobuild.Set{
		What: "kwok", Dir: filepath.Join("kwok", KwokVersion), GoMod: kwokMod, GoSum: kwokSum, Programs: simulator,
		Flags: []string{"-trimpath", "-ldflags", "-s -w"},
	}, "Building kwok "+KwokVersion+". This happens once and takes two to four minutes.", begin)
	if err != nil {
		return "", err
	}
	return gobuild.Set{Dir: dir}.Path("kwok"), nil
}

// Plugin returns the directory with Pulumi's Kubernetes plugin, and builds it as
// [Directory] does. The engine finds it where that directory is in the PATH.
func Plugin(ctx context.Context, begin Begin) (string, error) {
	return ensure(ctx, gobuild.Set{
		What: "Pulumi's Kubernetes plugin", Dir: filepath.Join("pulumi-kubernetes", "v"+PluginVersion), GoMod: pluginMod, GoSum: pluginSum,
		Sources: map[string][]byte{"main.go": pluginMain}, Programs: plugin,
		Flags: []string{"-trimpath", "-ldflags", "-s -w -X main.version=" + PluginVersion},
	}, "Building Pulumi's Kubernetes plugin. This happens once and takes about ten minutes.", begin)
}

// ensure builds a set whose directory is given below the cache and without the
// digest of its pins.
func ensure(ctx context.Context, set gobuild.Set, label string, begin Begin) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for %s: %w", set.What, err)
	}
	// Another pin of a dependency is another program.
	pins := append(append([]byte{}, set.GoMod...), set.GoSum...)
	for _, name := range slices.Sorted(maps.Keys(set.Sources)) {
		pins = append(pins, set.Sources[name]...)
	}
	digest := sha256.Sum256(pins)
	set.Dir = filepath.Join(cache, "hybridctl", set.Dir+"-"+hex.EncodeToString(digest[:4]))
	if set.Built() {
		return set.Dir, nil
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New(set.What + " must be built when first needed, and there is no go command: " +
			"install Go 1.26 or newer (https://go.dev/dl/)")
	}
	if err := set.Ensure(ctx, goTool, func() func() { return begin(label) }); err != nil {
		return "", err
	}
	return set.Dir, nil
}

// stamp makes the programs say what they are. kubeadm compares versions.
func stamp() string {
	major, minor, _ := strings.Cut(strings.TrimPrefix(Version, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	const variables = "k8s.io/component-base/version."
	return "-s -w -X " + variables + "gitVersion=" + Version + " -X " + variables + "gitMajor=" + major + " -X " + variables + "gitMinor=" + minor
}
