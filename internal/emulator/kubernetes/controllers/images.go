package controllers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Windows builds that container images are made for.
const (
	build2019 = 17763
	build2022 = 20348
	build2025 = 26100
)

// imageProblem says why a container's image does not run on a node, as pod
// status reason and message. It goes by what the tag says; a tag that says
// nothing is taken to fit, and so is any image of a HostProcess pod.
//
// The rule for Windows is containerd's: hosts older than Server 2022 need the
// same build, later ones take images from Server 2022 up to their own:
// https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility.
func imageProblem(image string, spec *rules.PodSpec, n *world.Node) (reason, message string) {
	built, windows := windowsBuild(image)
	noMatch := fmt.Sprintf("Back-off pulling image %q: ErrImagePull: failed to pull and unpack image %q: no match for platform in manifest: not found", image, image)
	if n.OS != "windows" {
		if windows {
			return "ImagePullBackOff", noMatch
		}
		return "", ""
	}
	if spec.SecurityContext.WindowsOptions.HostProcess {
		return "", ""
	}
	host := hostBuild(n.Build)
	switch {
	case windows && !compatible(built, host):
		return "CreateContainerError", fmt.Sprintf("failed to create containerd container: the container operating system does not match the host operating system: image %q is for build %d, the host has %d", image, built, host)
	case !windows && linuxOnly(image), !windows && sharedSamples(image) && host < build2022:
		return "ImagePullBackOff", noMatch
	}
	return "", ""
}

func compatible(built, host int) bool {
	if host < build2022 {
		return built == host
	}
	return built >= build2022 && built <= host
}

// windowsBuild reads the Windows build that a tag names, if it names one.
func windowsBuild(image string) (int, bool) {
	for _, word := range tagWords(image) {
		switch word {
		case "ltsc2019", "1809", "17763":
			return build2019, true
		case "ltsc2022", "20348":
			return build2022, true
		case "ltsc2025", "26100":
			return build2025, true
		}
	}
	return 0, false
}

// linuxOnly knows the words in tags that only Linux images have, and repositories
// that hold no other.
func linuxOnly(image string) bool {
	for _, prefix := range []string{
		"registry.k8s.io/autoscaling/", "registry.k8s.io/coredns/", "registry.k8s.io/kube-state-metrics/", "registry.k8s.io/metrics-server/",
		"registry.k8s.io/node-problem-detector/", "quay.io/prometheus/", "quay.io/prometheus-operator/", "docker.io/grafana/", "quay.io/tigera/operator",
	} {
		if strings.HasPrefix(repository(image), prefix) {
			return true
		}
	}
	for _, word := range tagWords(image) {
		for _, distribution := range []string{
			"alpine", "chiseled", "noble", "jammy", "bookworm", "trixie", "debian", "ubuntu", "azurelinux", "mariner", "distroless",
		} {
			if strings.HasPrefix(word, distribution) {
				return true
			}
		}
	}
	return false
}

// tagWords splits what follows the repository in an image's name.
func tagWords(image string) []string {
	tag, _, _ := strings.Cut(strings.TrimPrefix(image, repository(image)), "@")
	return strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return strings.ContainsRune("-:.", r) })
}

// sharedSamples are the .NET samples whose multi-platform tags hold Linux and
// Windows Server 2022 images and nothing else:
// https://github.com/dotnet/dotnet-docker/blob/main/README.samples.md.
func sharedSamples(image string) bool {
	return repository(image) == "mcr.microsoft.com/dotnet/samples"
}

// hostBuild takes the third part of 10.0.20348 or 10.0.20348.4405. Without one
// the host is taken for Server 2022.
func hostBuild(version string) int {
	if parts := strings.Split(version, "."); len(parts) >= 3 {
		if n, err := strconv.Atoi(parts[2]); err == nil {
			return n
		}
	}
	return build2022
}

func isCalico(image string) bool {
	return strings.Contains(repository(image), "calico")
}
