package apimodel

import (
	"fmt"
	"regexp"
)

const (
	pathPrincipal      = "properties.servicePrincipalProfile"
	pathSecretRef      = pathPrincipal + ".keyvaultSecretRef"
	pathManaged        = pathKubernetes + ".useManagedIdentity"
	pathUserAssignedID = pathKubernetes + ".userAssignedID"
)

// identity checks what the cloud provider logs in to Azure with.
func (c *checker) identity(k *KubernetesConfig, p *ServicePrincipalProfile) {
	managed := (k.UseManagedIdentity == nil || *k.UseManagedIdentity) && !c.given.ServicePrincipal
	c.userAssigned(k.UserAssignedID, managed)
	if c.given.ServicePrincipal {
		return
	}
	if p == nil || (p.ClientID == "" && p.Secret == "" && p.KeyvaultSecretRef == nil) {
		if !managed {
			c.fault(pathManaged, "is false, but there is no service principal",
				"remove it to use a managed identity, or give --client-id and --client-secret-file")
		}
		return
	}
	c.principal(p)
	if managed {
		c.warn(pathPrincipal, "the service principal is not used, because useManagedIdentity is true", "remove one of the two")
		return
	}
	where := "its secret is stored on the control plane"
	if p.KeyvaultSecretRef != nil {
		where = "the masters read its secret from the key vault at their first boot, which needs leave to do so"
	}
	c.warn(pathPrincipal, "the service principal becomes the Azure credentials of the cloud provider; "+where,
		"leave it out to use a managed identity, which has no secret")
}

func (c *checker) principal(p *ServicePrincipalProfile) {
	switch {
	case p.ClientID == "":
		c.missing(pathClientID)
	case !isUUID(p.ClientID):
		c.fault(pathClientID, fmt.Sprintf("%q is no application id", p.ClientID), "give the appId of the service principal, a UUID")
	}
	switch {
	case p.Secret != "" && p.KeyvaultSecretRef != nil:
		c.fault(pathSecretRef, "names the secret in a key vault, and the secret is given too", "remove one of the two")
	case p.KeyvaultSecretRef != nil:
		c.secretRef(pathSecretRef, p.KeyvaultSecretRef)
	case p.Secret == "":
		c.missing(pathSecret)
	}
}

// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity
var identityNameShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$`)

// userAssigned checks an existing identity, which is named by its id, or by its
// name in the cluster's resource group.
func (c *checker) userAssigned(id string, managed bool) {
	switch {
	case id == "":
	case !managed:
		c.fault(pathUserAssignedID, "names a managed identity, and the cloud provider uses the service principal", "remove one of the two")
	case identityNameShape.MatchString(id):
	case id[0] == '/':
		c.resourceID(pathUserAssignedID, id, identityKind())
	default:
		c.fault(pathUserAssignedID, fmt.Sprintf("%q is neither the name nor the resource id of a user-assigned identity", id), "`az identity show --query id` prints the id")
	}
}
