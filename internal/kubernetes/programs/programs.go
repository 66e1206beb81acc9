// Package programs gets Kubernetes' own programs: those of the control plane,
// kubeadm, the kubelet, kubectl and etcd. They are built from the module in
// tools/kubernetes, once, and kept in the user's cache.
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

// The module that pins the programs. go:embed does not reach into a nested
// module, so these are copies.
var (
	//go:embed module/go.mod.txt
	goMod []byte
	//go:embed module/go.sum.txt
	goSum []byte
)

// Version is the release of Kubernetes that is built.
const Version = "v1.36.1"

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

// Directory returns the directory with the programs, and builds them if they are
// not there. begin is told before that starts; what it returns is called at the
// end. Building needs the go command and takes some minutes.
func Directory(ctx context.Context, begin func(label string) (end func())) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for Kubernetes' programs: %w", err)
	}
	digest := sha256.Sum256(append(append([]byte{}, goMod...), goSum...))
	set := gobuild.Set{
		What: "Kubernetes' programs", GoMod: goMod, GoSum: goSum, Programs: all, Flags: []string{"-trimpath", "-ldflags", stamp()},
		// Another pin of a dependency is another program.
		Dir: filepath.Join(cache, "hybridctl", "kubernetes", Version+"-"+hex.EncodeToString(digest[:4])),
	}
	if set.Built() {
		return set.Dir, nil
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("Kubernetes' programs are built when they are first needed, and there is no go command: " + //nolint:staticcheck // a name
			"install Go 1.26 or newer (https://go.dev/dl/)")
	}
	label := "Building the programs of Kubernetes " + Version + ". This happens once and takes six to twelve minutes."
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
