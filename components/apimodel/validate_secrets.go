package apimodel

import (
	"fmt"
	"regexp"
	"strings"
)

// certificateURL is the URL of a certificate's secret. Azure wants the version:
// https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#vaultcertificate
var certificateURL = regexp.MustCompile(`(?i)^https://([a-z0-9-]{3,24})\.vault\.azure\.net(?::443)?/secrets/[a-z0-9-]{1,127}/[0-9a-f]{32}$`)

// vaultSecrets checks certificates of key vaults.
func (c *checker) vaultSecrets(path string, system OSType, groups []KeyVaultSecrets) {
	for i, group := range groups {
		at := indexPath(path, i)
		vault := ""
		if group.SourceVault == nil || group.SourceVault.ID == "" {
			c.fault(at+".sourceVault.id", "is missing", "add the resource id of the key vault; `az keyvault show --query id` prints it")
		} else if c.resourceID(at+".sourceVault.id", group.SourceVault.ID, vaultKind()) {
			vault = lastPart(group.SourceVault.ID)
		}
		if len(group.VaultCertificates) == 0 {
			c.fault(at+".vaultCertificates", "is empty", "add a certificate, or remove the vault")
		}
		for k, certificate := range group.VaultCertificates {
			c.certificate(indexPath(at+".vaultCertificates", k), system, vault, certificate)
		}
	}
}

func lastPart(id string) string { return id[strings.LastIndex(id, "/")+1:] }

func (c *checker) certificate(path string, system OSType, vault string, certificate KeyVaultCertificate) {
	const remedy = "write https://VAULT.vault.azure.net/secrets/NAME/VERSION; `az keyvault secret show --query id` prints it"
	at := path + ".certificateUrl"
	switch m := certificateURL.FindStringSubmatch(certificate.CertificateURL); {
	case certificate.CertificateURL == "":
		c.fault(at, "is missing", remedy)
	case m == nil:
		c.fault(at, fmt.Sprintf("%q is no URL of a secret with its version", certificate.CertificateURL), remedy)
	case vault != "" && !strings.EqualFold(m[1], vault):
		c.fault(at, fmt.Sprintf("is of the vault %q, and sourceVault is %q", m[1], vault), "list it with its own vault")
	}
	at = path + ".certificateStore"
	switch {
	case system == Windows && certificate.CertificateStore == "":
		c.fault(at, "is missing", `name a store of the local machine, such as "My"`)
	case system == Linux && certificate.CertificateStore != "":
		c.fault(at, "is for Windows; on Linux certificates are files in /var/lib/waagent", "remove it")
	}
}

var secretNameShape = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`)
var secretVersionShape = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// secretRef checks the place of a secret in a key vault.
func (c *checker) secretRef(path string, r *KeyvaultSecretRef) {
	if r.VaultID == "" {
		c.fault(path+".vaultID", "is missing", "add the resource id of the key vault; `az keyvault show --query id` prints it")
	} else {
		c.resourceID(path+".vaultID", r.VaultID, vaultKind())
	}
	switch {
	case r.SecretName == "":
		c.fault(path+".secretName", "is missing", "add the name of the secret")
	case !secretNameShape.MatchString(r.SecretName):
		c.fault(path+".secretName", fmt.Sprintf("%q is no name of a secret", r.SecretName), "use letters, digits and hyphens")
	}
	if r.Version != "" && !secretVersionShape.MatchString(r.Version) {
		c.fault(path+".version", fmt.Sprintf("%q is no version of a secret", r.Version), "write its 32 hexadecimal digits, or leave it out for the newest")
	}
}
