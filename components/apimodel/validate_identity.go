package apimodel

import (
	"fmt"

	"github.com/google/uuid"
)

// identity checks what the cloud provider logs in to Azure with.
func (c *checker) identity(k *KubernetesConfig, p *ServicePrincipalProfile) {
	const path = "properties.servicePrincipalProfile"
	const switchPath = "properties.orchestratorProfile.kubernetesConfig.useManagedIdentity"
	if c.given.ServicePrincipal {
		return
	}
	managed := k.UseManagedIdentity == nil || *k.UseManagedIdentity
	if p == nil || (p.ClientID == "" && p.Secret == "") {
		if !managed {
			c.fault(switchPath, "is false, but there is no service principal",
				"remove it to use a managed identity, or give --client-id and --client-secret-file")
		}
		return
	}
	switch {
	case p.ClientID == "":
		c.missing(pathClientID)
	case uuid.Validate(p.ClientID) != nil || len(p.ClientID) != len(uuid.Nil.String()):
		c.fault(pathClientID, fmt.Sprintf("%q is no application id", p.ClientID), "give the appId of the service principal, a UUID")
	}
	if p.Secret == "" {
		c.missing(pathSecret)
	}
	if managed {
		c.warn(path, "the service principal is not used, because useManagedIdentity is true", "remove one of the two")
		return
	}
	c.warn(path, "the service principal becomes the Azure credentials of the cloud provider; its secret is stored on the control plane",
		"leave it out to use a managed identity, which has no secret")
}
