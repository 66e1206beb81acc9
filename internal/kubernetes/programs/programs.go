// Package programs gets Kubernetes' own programs: those of the control plane,
// kubeadm, the kubelet, kubectl and etcd, and kwok, which stands in for kubelets.
// They are built from the modules in tools/kubernetes and tools/kwok, once, and
// kept in the user's cache.
package programs

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/gobuild"
)

//go:generate cp ../../../tools/kubernetes/go.mod module/go.mod.txt
//go:generate cp ../../../tools/kubernetes/go.sum module/go.sum.txt
//go:generate cp ../../../tools/kwok/go.mod kwok/go.mod.txt
//go:generate cp ../../../tools/kwok/go.sum kwok/go.sum.txt

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
)

const (
	// Version is the release of Kubernetes that is built.
	Version = "v1.36.1"
	// KwokVersion is the release of kwok that is built.
	KwokVersion = "v0.8.0"
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

// ensure builds a set whose directory is given below the cache and without the
// digest of its pins.
func ensure(ctx context.Context, set gobuild.Set, label string, begin Begin) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for %s: %w", set.What, err)
	}
	// Another pin of a dependency is another program.
	digest := sha256.Sum256(append(append([]byte{}, set.GoMod...), set.GoSum...))
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
