package workload

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// Artifacts lists what the workload pulls on nodes of those Windows releases; none
// where no image fits them.
func (s Settings) Artifacts(releases []string) []bootstrap.Artifact {
	image, err := s.image(releases)
	if err != nil {
		return nil
	}
	return []bootstrap.Artifact{{Name: Name, OS: apimodel.Windows, Kind: bootstrap.Image, URL: image.name}}
}
