package apimodel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// resourceKind is a type of Azure resource that a definition can name by id.
type resourceKind struct {
	// title names one in a message, provider and path are the parts of its id.
	title, provider, path string
	// show prints the id of one.
	show string
}

// The kinds of resources.
func subnetKind() resourceKind {
	return resourceKind{"a subnet", "Microsoft.Network", "virtualNetworks/VNET/subnets/SUBNET", "az network vnet subnet show"}
}

func placementGroupKind() resourceKind {
	return resourceKind{"a proximity placement group", "Microsoft.Compute", "proximityPlacementGroups/NAME", "az ppg show"}
}

func encryptionSetKind() resourceKind {
	return resourceKind{"a disk encryption set", "Microsoft.Compute", "diskEncryptionSets/NAME", "az disk-encryption-set show"}
}

func identityKind() resourceKind {
	return resourceKind{"a user-assigned identity", "Microsoft.ManagedIdentity", "userAssignedIdentities/NAME", "az identity show"}
}

func vaultKind() resourceKind {
	return resourceKind{"a key vault", "Microsoft.KeyVault", "vaults/NAME", "az keyvault show"}
}

// matches tells whether an id is one of this kind, and gives its subscription.
// Azure's ids match in any case.
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
func (k resourceKind) matches(id string) (subscription string, ok bool) {
	got := strings.Split(id, "/")
	want := strings.Split("/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/"+k.provider+"/"+k.path, "/")
	if len(got) != len(want) {
		return "", false
	}
	for i, part := range want {
		// What is in capitals stands for a name.
		if part != "" && part == strings.ToUpper(part) {
			if got[i] == "" || strings.ContainsAny(got[i], " \t\r\n?#") {
				return "", false
			}
		} else if !strings.EqualFold(part, got[i]) {
			return "", false
		}
	}
	return got[2], true
}

// resourceID checks that a value is the id of a resource of a kind.
func (c *checker) resourceID(path, id string, k resourceKind) bool {
	remedy := fmt.Sprintf("write /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/%s/%s; `%s --query id` prints it", k.provider, k.path, k.show)
	subscription, ok := k.matches(id)
	switch {
	case c.blank[path]:
		return false
	case !ok:
		c.fault(path, fmt.Sprintf("%q is no resource id of %s", id, k.title), remedy)
		return false
	case !isUUID(subscription):
		c.fault(path, fmt.Sprintf("%q, the subscription in the id, is no UUID", subscription), "use the subscription's id; `az account show --query id` prints it")
		return false
	}
	return true
}

func isUUID(text string) bool {
	return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
}

// blankPart is a part of an id that the examples of AKS Engine leave to the
// user: SUB_ID, RG_NAME, VNET_NAME, <KV_NAME>.
var blankPart = regexp.MustCompile(`^([A-Z][A-Z0-9_]*_(ID|NAME)|<.*>|\{.*\})$`)

// blankParts returns the parts of a resource id that were not filled in.
func blankParts(id string) []string {
	const prefix = "/subscriptions/"
	if len(id) < len(prefix) || !strings.EqualFold(id[:len(prefix)], prefix) {
		return nil
	}
	var blanks []string
	for part := range strings.SplitSeq(id, "/") {
		if blankPart.MatchString(part) {
			blanks = append(blanks, part)
		}
	}
	return blanks
}
