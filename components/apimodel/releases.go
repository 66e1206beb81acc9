package apimodel

// Release is a Kubernetes minor release that the project supports, with the
// version of every component that goes with it. This table is the one place
// where those versions stand.
type Release struct {
	// Minor is for example "1.36".
	Minor string
	// Kubernetes is the patch version that is installed, without "v".
	Kubernetes string
	// Containerd, Runc, Crictl are node binaries, without "v".
	Containerd, Runc, Crictl string
	// LinuxPause and WindowsPause are the sandbox images.
	LinuxPause, WindowsPause string
	// Calico is the version of the tigera-operator chart, with "v".
	Calico string
	// CloudProviderChart is the version of the cloud-provider-azure chart and
	// CloudProviderImage the tag of its images. They may be one minor release behind
	// the API server: https://kubernetes.io/releases/version-skew-policy/
	CloudProviderChart, CloudProviderImage string
	// ClusterAutoscaler is the tag of Cluster Autoscaler's image, of the same minor
	// release or the one before. 1.35.0 ends by a nil pointer when Azure has not yet told a set's size,
	// and tags of both are of the project's newest releases:
	// https://github.com/kubernetes/autoscaler/releases/tag/cluster-autoscaler-1.36.1
	ClusterAutoscaler string
}

// DefaultRelease is used when a definition names none. It is the newest release
// whose own cloud provider and Cluster Autoscaler have been seen.
const DefaultRelease = "1.36"

// Releases returns the supported releases, oldest first. Their last days stand in the
// table of [Endings]. Where the versions come from, as of 2026-11-30:
//   - Kubernetes: https://kubernetes.io/releases/1.35/, 1.36/ and 1.37/. 1.37.2 is what
//     kubeadm, kubelet and the control plane are built of in this project's tests.
//   - cri-tools: https://github.com/kubernetes-sigs/cri-tools/releases.
//   - cloud-provider-azure: https://github.com/kubernetes-sigs/cloud-provider-azure/tags.
//     No image of 1.37 was found, so 1.37 has that of 1.36.
//   - Cluster Autoscaler: https://github.com/kubernetes/autoscaler/releases. No image of
//     1.37 was found either.
//   - Calico 3.31 is tested with releases up to 1.35
//     (https://github.com/orgs/projectcalico/discussions/11717), and 3.33 is the first
//     that names 1.37, as https://github.com/Rusty-Gopher/kupre/releases/tag/v0.5.0
//     has read in Calico's pages: 1.36 and 1.37 run with a Calico that does not name them.
func Releases() []Release {
	return []Release{
		release("1.35", "1.35.9", "1.36.0", "v1.35.8", "v1.35.2"),
		release("1.36", "1.36.5", "1.36.0", "v1.36.5", "v1.36.1"),
		release("1.37", "1.37.2", "1.37.0", "v1.36.5", "v1.36.1"),
	}
}

func release(minor, kubernetes, crictl, cloudProviderImage, clusterAutoscaler string) Release {
	return Release{
		Minor:              minor,
		Kubernetes:         kubernetes,
		Containerd:         "2.3.2",
		Runc:               "1.4.3",
		Crictl:             crictl,
		LinuxPause:         "registry.k8s.io/pause:3.10.2",
		WindowsPause:       "mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1-3",
		Calico:             "v3.31.7",
		CloudProviderChart: "1.36.0",
		CloudProviderImage: cloudProviderImage,
		ClusterAutoscaler:  clusterAutoscaler,
	}
}

// Release returns the release the definition asks for. The definition must be
// defaulted and valid; for a release that is not supported, the zero Release is
// returned.
func (d *Definition) Release() Release {
	if d.Properties.OrchestratorProfile == nil {
		return Release{}
	}
	r, _ := findRelease(d.Properties.OrchestratorProfile.OrchestratorRelease)
	return r
}

func findRelease(minor string) (Release, bool) {
	for _, r := range Releases() {
		if r.Minor == minor {
			return r, true
		}
	}
	return Release{}, false
}
