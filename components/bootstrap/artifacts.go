package bootstrap

import (
	"fmt"
	"slices"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// ArtifactKind says what a node does with an artifact.
type ArtifactKind string

// The kinds of artifact.
const (
	// File is downloaded from URL and checked against Checksum.
	File ArtifactKind = "file"
	// Repository is a package repository; what comes from it is signed.
	Repository ArtifactKind = "repository"
	// Key is the public key of a package repository.
	Key ArtifactKind = "key"
	// Image is a container image that a node pulls.
	Image ArtifactKind = "image"
	// Chart is a Helm chart. No node fetches it but the program that makes the
	// cluster, so it has no OS, and mirrors do not count for it.
	Chart ArtifactKind = "chart"
	// UserScript is a script that the definition names.
	UserScript ArtifactKind = "script"
)

// Artifact is something that a node fetches.
type Artifact struct {
	// Name is the program, package source or image.
	Name string
	// OS is the operating system of the nodes that fetch it.
	OS   apimodel.OSType
	Kind ArtifactKind
	// URL is where it lies. Of an image it is the reference; a reference
	// without a tag means that kubeadm chooses the tag.
	URL string
	// Checksum is the URL of the publisher's SHA-256, for files.
	Checksum string
	// SHA256 is the digest in hex that the definition pins, in place of a checksum.
	SHA256 string
	// Origin is the publisher's URL or reference where a mirror stands in for it;
	// else it is empty.
	Origin string
}

// Artifacts lists everything that the nodes' bootstrap contacts for a release,
// without mirrors. The scripts take their addresses from this table, so it cannot
// drift from them. What add-ons and workloads pull is not in it.
func Artifacts(r apimodel.Release) []Artifact {
	return slices.Concat(linuxFiles(r), linuxRepositories(r), linuxImages(r), windowsFiles(r), windowsOthers(r))
}

// file is a download whose checksum lies beside it.
func file(name string, os apimodel.OSType, url, checksum string) Artifact {
	return Artifact{Name: name, OS: os, Kind: File, URL: url, Checksum: url + checksum}
}

func linuxFiles(r apimodel.Release) []Artifact {
	containerd := containerdURL(r, "linux")
	runc := "https://github.com/opencontainers/runc/releases/download/v" + r.Runc
	crictl := crictlURL(r, "linux")
	return []Artifact{
		file("containerd", apimodel.Linux, containerd, ".sha256sum"),
		{Name: "runc", OS: apimodel.Linux, Kind: File, URL: runc + "/runc.amd64", Checksum: runc + "/runc.sha256sum"},
		file("crictl", apimodel.Linux, crictl, ".sha256"),
	}
}

func linuxRepositories(r apimodel.Release) []Artifact {
	base := "https://pkgs.k8s.io/core:/stable:/v" + r.Minor + "/deb/"
	return []Artifact{
		{Name: "kubernetes-key", OS: apimodel.Linux, Kind: Key, URL: base + "Release.key"},
		{Name: "kubernetes-packages", OS: apimodel.Linux, Kind: Repository, URL: base},
		// The image's own sources: the script changes them for a mirror only.
		{Name: "ubuntu-packages", OS: apimodel.Linux, Kind: Repository, URL: "http://azure.archive.ubuntu.com/ubuntu/"},
	}
}

func linuxImages(r apimodel.Release) []Artifact {
	image := func(name, ref string) Artifact {
		return Artifact{Name: name, OS: apimodel.Linux, Kind: Image, URL: ref}
	}
	list := []Artifact{image("pause", r.LinuxPause)}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		list = append(list, image(name, imageRepository+"/"+name+":v"+r.Kubernetes))
	}
	own := kubeadmImages[r.Kubernetes]
	return append(list, image("etcd", imageRepository+"/etcd"+own.etcd), image("coredns", imageRepository+"/coredns/coredns"+own.coredns))
}

// kubeadmImages are the tags that kubeadm chooses by itself, where they were read in
// the release's source:
// https://github.com/kubernetes/kubernetes/blob/v1.36.5/cmd/kubeadm/app/constants/constants.go
// (DefaultEtcdVersion, CoreDNSVersion).
var kubeadmImages = map[string]struct{ etcd, coredns string }{
	"1.36.5": {":3.6.8-0", ":v1.14.2"},
	"1.37.2": {":3.7.0-0", ":v1.14.6"},
}

func windowsFiles(r apimodel.Release) []Artifact {
	containerd, crictl := containerdURL(r, "windows"), crictlURL(r, "windows")
	list := []Artifact{
		file("containerd", apimodel.Windows, containerd, ".sha256sum"),
		file("crictl", apimodel.Windows, crictl, ".sha256"),
	}
	for _, name := range []string{"kubelet", "kubeadm", "kubectl", "kube-log-runner", "kube-proxy"} {
		url := fmt.Sprintf("https://dl.k8s.io/v%s/bin/windows/amd64/%s.exe", r.Kubernetes, name)
		list = append(list, file(name, apimodel.Windows, url, ".sha256"))
	}
	return list
}

func windowsOthers(r apimodel.Release) []Artifact {
	return []Artifact{
		{Name: "pause", OS: apimodel.Windows, Kind: Image, URL: r.WindowsPause},
		// OpenSSH is an optional component of Windows that comes from Windows
		// Update where the image does not hold it.
		{Name: "windows-update", OS: apimodel.Windows, Kind: Repository, URL: "https://" + windowsUpdateHost + "/"},
	}
}

// windowsUpdateHost stands for the many hosts of Windows Update.
const windowsUpdateHost = "windowsupdate.microsoft.com"

func containerdURL(r apimodel.Release, platform string) string {
	return fmt.Sprintf("https://github.com/containerd/containerd/releases/download/v%[1]s/containerd-%[1]s-%[2]s-amd64.tar.gz",
		r.Containerd, platform)
}

func crictlURL(r apimodel.Release, platform string) string {
	return fmt.Sprintf("https://github.com/kubernetes-sigs/cri-tools/releases/download/v%[1]s/crictl-v%[1]s-%[2]s-amd64.tar.gz",
		r.Crictl, platform)
}

// byName picks the artifacts of one system out of the table, from where this
// cluster fetches them.
func byName(c Cluster, os apimodel.OSType) map[string]Artifact {
	found := map[string]Artifact{}
	for _, a := range Artifacts(c.Release) {
		if a.OS == os {
			found[a.Name] = c.Mirrors.Redirect(a)
		}
	}
	return found
}
