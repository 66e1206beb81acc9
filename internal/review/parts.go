package review

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

// The parts of a cluster, in the order in which they are shown.
const (
	partGroup        = "resource group"
	partControlPlane = "control plane"
	partAPI          = "API server"
	partCertificates = "certificates"
	partNetwork      = "network"
	partIdentity     = "identity"
	partLogins       = "logins"
	partPool         = "pool "
	partJumpbox      = "jumpbox"
	partMonitoring   = "monitoring"
	partAddons       = "add-ons"
	partWorkload     = "workload"
	partOther        = "other"
)

var partOrder = []string{
	partGroup, partControlPlane, partAPI, partCertificates, partNetwork, partIdentity, partLogins, partPool,
	partJumpbox, partMonitoring, partAddons, partWorkload, partOther,
}

// partRank orders parts; pools are one after the other by their names.
func partRank(part string) int {
	return slices.IndexFunc(partOrder, func(p string) bool {
		return p == part || p == partPool && strings.HasPrefix(part, partPool)
	})
}

// ofControlPlane tells the parts without which the API server does not answer.
func ofControlPlane(part string) bool {
	return part == partControlPlane || part == partAPI || part == partCertificates
}

const (
	typeVM       = "azure-native:compute:VirtualMachine"
	typeScaleSet = "azure-native:compute:VirtualMachineScaleSet"
	typeGroup    = "azure-native:resources:ResourceGroup"
	typeVnet     = "azure-native:network:VirtualNetwork"
)

// atlas knows which part a resource belongs to, from the definitions on both sides.
type atlas struct {
	// owners leads from a node's, a scale set's or a pool's name to its part.
	owners map[string]string
	// cluster is the logical name of the component, which begins its children's.
	cluster string
}

func newAtlas(resources []resource, definitions ...*apimodel.Definition) atlas {
	a := atlas{owners: map[string]string{}}
	for _, r := range resources {
		if r.is(hybridcluster.Token) {
			a.cluster = r.name
		}
	}
	for _, d := range definitions {
		if d == nil {
			continue
		}
		for _, n := range d.Nodes() {
			if n.Role == apimodel.RoleControlPlane {
				a.owners[n.Name] = partControlPlane
			} else {
				a.owners[n.Name] = partPool + n.Pool
			}
		}
		for _, p := range d.Properties.AgentPoolProfiles {
			if p != nil {
				a.owners[p.Name] = partPool + p.Name
			}
		}
		if j := d.Jumpbox(); j != nil {
			a.owners[j.Name] = partJumpbox
		}
	}
	return a
}

// part names the part of a resource.
func (a atlas) part(r resource) string {
	suffix := strings.TrimPrefix(r.name, a.cluster+"-")
	for _, end := range []string{"", "-nic", "-bootstrap", "-as", "-host-key"} {
		if owner, known := a.owners[strings.TrimSuffix(suffix, end)]; known && strings.HasSuffix(suffix, end) {
			return owner
		}
	}
	switch {
	case strings.HasPrefix(r.typ, "kubernetes:"), strings.HasPrefix(r.typ, "hybridcluster:"):
		return kubernetesPart(r)
	case r.is(typeGroup):
		return partGroup
	case suffix == "ssh-key", suffix == "windows-password":
		return partLogins
	case strings.HasPrefix(r.typ, "tls:"), strings.HasPrefix(r.typ, "random:"):
		return partCertificates
	case strings.HasPrefix(suffix, partJumpbox):
		return partJumpbox
	case strings.HasPrefix(suffix, "control-plane"):
		return partControlPlane
	case suffix == "api", suffix == "api-ip":
		return partAPI
	}
	return servicePart(r)
}

func kubernetesPart(r resource) string {
	if strings.HasPrefix(r.name, "addons") {
		return partAddons
	}
	return partWorkload
}

// servicePart goes by Azure's service.
func servicePart(r resource) string {
	service, _, _ := strings.Cut(strings.TrimPrefix(r.typ, "azure-native:"), ":")
	switch service {
	case "network":
		return partNetwork
	case "managedidentity", "authorization":
		return partIdentity
	case "operationalinsights", "insights", "operationsmanagement":
		return partMonitoring
	default:
		return partOther
	}
}
