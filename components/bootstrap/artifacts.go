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
)

// Artifact is something that a node fetches at its first boot.
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
}

// Artifacts lists everything that the nodes' bootstrap contacts for a release.
// The scripts take their addresses from this table, so it cannot drift from
// them. What add-ons and workloads pull is not in it.
func Artifacts(r apimodel.Release) []Artifact {
	return slices.Concat(linuxFiles(r), linuxRepositories(r), linuxImages(r), windowsFiles(r), windowsOthers(r))
}

func linuxFiles(r apimodel.Release) []Artifact {
	containerd := containerdURL(r, "linux")
	runc := "https://github.com/opencontainers/runc/releases/download/v" + r.Runc
	crictl := crictlURL(r, "linux")
	return []Artifact{
		{"containerd", apimodel.Linux, File, containerd, containerd + ".sha256sum"},
		{"runc", apimodel.Linux, File, runc + "/runc.amd64", runc + "/runc.sha256sum"},
		{"crictl", apimodel.Linux, File, crictl, crictl + ".sha256"},
	}
}

func linuxRepositories(r apimodel.Release) []Artifact {
	base := "https://pkgs.k8s.io/core:/stable:/v" + r.Minor + "/deb/"
	return []Artifact{
		{"kubernetes-key", apimodel.Linux, Key, base + "Release.key", ""},
		{"kubernetes-packages", apimodel.Linux, Repository, base, ""},
		// The image's own sources: nothing is written about them in the script.
		{"ubuntu-packages", apimodel.Linux, Repository, "http://azure.archive.ubuntu.com/ubuntu/", ""},
	}
}

func linuxImages(r apimodel.Release) []Artifact {
	image := func(name, ref string) Artifact { return Artifact{name, apimodel.Linux, Image, ref, ""} }
	list := []Artifact{image("pause", r.LinuxPause)}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		list = append(list, image(name, imageRepository+"/"+name+":v"+r.Kubernetes))
	}
	return append(list, image("etcd", imageRepository+"/etcd"), image("coredns", imageRepository+"/coredns/coredns"))
}

func windowsFiles(r apimodel.Release) []Artifact {
	containerd, crictl := containerdURL(r, "windows"), crictlURL(r, "windows")
	list := []Artifact{
		{"containerd", apimodel.Windows, File, containerd, containerd + ".sha256sum"},
		{"crictl", apimodel.Windows, File, crictl, crictl + ".sha256"},
	}
	for _, name := range []string{"kubelet", "kubeadm", "kubectl", "kube-log-runner"} {
		url := fmt.Sprintf("https://dl.k8s.io/v%s/bin/windows/amd64/%s.exe", r.Kubernetes, name)
		list = append(list, Artifact{name, apimodel.Windows, File, url, url + ".sha256"})
	}
	return list
}

func windowsOthers(r apimodel.Release) []Artifact {
	return []Artifact{
		{"pause", apimodel.Windows, Image, r.WindowsPause, ""},
		// OpenSSH is an optional component of Windows that comes from Windows
		// Update where the image does not hold it.
		{"windows-update", apimodel.Windows, Repository, "https://windowsupdate.microsoft.com/", ""},
	}
}

func containerdURL(r apimodel.Release, platform string) string {
	return fmt.Sprintf("https://github.com/containerd/containerd/releases/download/v%[1]s/containerd-%[1]s-%[2]s-amd64.tar.gz",
		r.Containerd, platform)
}

func crictlURL(r apimodel.Release, platform string) string {
	return fmt.Sprintf("https://github.com/kubernetes-sigs/cri-tools/releases/download/v%[1]s/crictl-v%[1]s-%[2]s-amd64.tar.gz",
		r.Crictl, platform)
}

// byName picks the artifacts of one system out of the table.
func byName(r apimodel.Release, os apimodel.OSType) map[string]Artifact {
	found := map[string]Artifact{}
	for _, a := range Artifacts(r) {
		if a.OS == os {
			found[a.Name] = a
		}
	}
	return found
}
