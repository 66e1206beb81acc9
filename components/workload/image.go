package workload

import (
	"errors"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sampleImage is the sample application and where it runs. Since .NET 8 it
// listens on 8080:
// https://learn.microsoft.com/dotnet/core/compatibility/containers/8.0/aspnet-port
type sampleImage struct {
	name string
	port int
	// builds are the Windows builds that run the image; empty means all of the
	// cluster's.
	builds []string
}

// windowsBuilds are the values of the label node.kubernetes.io/windows-build by
// release: https://kubernetes.io/docs/reference/labels-annotations-taints/#nodekubernetesiowindows-build
var windowsBuilds = map[string]string{
	"2019": "10.0.17763",
	"2022": "10.0.20348",
	"2025": "10.0.26100",
}

// imageFor picks the image for a cluster with those Windows releases. The one
// image that Microsoft publishes is for 2022, which 2025 runs too; nothing
// current runs on 2019.
// https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility
func imageFor(releases []string) (sampleImage, error) {
	image := sampleImage{name: "mcr.microsoft.com/dotnet/samples:aspnetapp-nanoserver-ltsc2022", port: 8080}
	var fit []string
	for _, r := range releases {
		if r == "2022" || r == "2025" {
			fit = append(fit, windowsBuilds[r])
		}
	}
	if len(fit) == 0 {
		return sampleImage{}, errors.New("no current ASP.NET sample image runs on these Windows nodes: " +
			"add a pool with windowsRelease 2022 or 2025, or leave the workload out (--skip-workload)")
	}
	if len(fit) < len(releases) {
		slices.Sort(fit)
		image.builds = slices.Compact(fit)
	}
	return image, nil
}

// Fits tells whether a sample image runs on one of those Windows releases; the
// error says what to do when none does.
func Fits(releases []string) error {
	_, err := imageFor(releases)
	return err
}

// affinity keeps the pods on nodes whose Windows runs the image.
func (i sampleImage) affinity() corev1.AffinityPtrInput {
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
