package workload

import (
	"cmp"
	"errors"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// containerImage is an image, where it serves, and which nodes run it.
type containerImage struct {
	name string
	port int
	// builds are the Windows builds that run the image; empty means all of the
	// cluster's.
	builds []string
}

// windowsRelease is a release of Windows Server and what runs on it.
type windowsRelease struct {
	name string
	// build is the value of the label node.kubernetes.io/windows-build:
	// https://kubernetes.io/docs/reference/labels-annotations-taints/#nodekubernetesiowindows-build
	build string
	// sample is the sample image that runs on it, and port where that listens; empty
	// where no current one does.
	sample string
	port   int
}

// windowsReleases has the one sample image for Windows that Microsoft publishes. It
// is made for 2022, and 2025 runs it, too; 2019 does not. Since .NET 8 it listens on
// 8080, as an account that may not listen on 80:
// https://github.com/dotnet/dotnet-docker/blob/main/README.samples.md
// https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility
// https://learn.microsoft.com/dotnet/core/compatibility/containers/8.0/aspnet-port
func windowsReleases() []windowsRelease {
	const sample = "mcr.microsoft.com/dotnet/samples:aspnetapp-nanoserver-ltsc2022"
	return []windowsRelease{
		{name: "2019", build: "10.0.17763"},
		{name: "2022", build: "10.0.20348", sample: sample, port: 8080},
		{name: "2025", build: "10.0.26100", sample: sample, port: 8080},
	}
}

// image is the user's, which may run on every Windows node, or the sample for a
// cluster with those Windows releases.
func (s Settings) image(releases []string) (containerImage, error) {
	if s.Image != "" {
		return containerImage{name: s.Image, port: cmp.Or(s.Port, otherPort)}, nil
	}
	var image containerImage
	for _, r := range windowsReleases() {
		if slices.Contains(releases, r.name) && r.sample != "" {
			image.name, image.port = r.sample, cmp.Or(s.Port, r.port)
			image.builds = append(image.builds, r.build)
		}
	}
	if image.name == "" {
		return containerImage{}, errors.New("no current ASP.NET sample image runs on these Windows nodes: add a pool with windowsRelease " +
			"2022 or 2025, name an image of your own (--workload-image), or leave the workload out (--skip-workload)")
	}
	others := slices.ContainsFunc(releases, func(r string) bool {
		return !slices.ContainsFunc(windowsReleases(), func(known windowsRelease) bool { return known.name == r && known.sample != "" })
	})
	if !others {
		image.builds = nil
	}
	return image, nil
}

// Fits tells whether an image runs on one of those Windows releases; the error says
// what to do when none does.
func (s Settings) Fits(releases []string) error {
	_, err := s.image(releases)
	return err
}

// affinity keeps the pods on nodes whose Windows runs the image.
func (i containerImage) affinity() corev1.AffinityPtrInput {
	if len(i.builds) == 0 {
		return nil
	}
	return corev1.AffinityArgs{NodeAffinity: corev1.NodeAffinityArgs{
		RequiredDuringSchedulingIgnoredDuringExecution: corev1.NodeSelectorArgs{
			NodeSelectorTerms: corev1.NodeSelectorTermArray{corev1.NodeSelectorTermArgs{
				MatchExpressions: corev1.NodeSelectorRequirementArray{corev1.NodeSelectorRequirementArgs{
					Key:      pulumi.String("node.kubernetes.io/windows-build"),
					Operator: pulumi.String("In"),
					Values:   pulumi.ToStringArray(i.builds),
				}},
			}},
		},
	}}
}
