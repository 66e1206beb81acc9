package bootstrap

import (
	"errors"
	"fmt"
)

// keyVaultAPI is the version of the key vault's interface:
// https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
const keyVaultAPI = "7.4"

// url is where the secret is read; empty without one.
func (s *KeyVaultSecret) url() string {
	if s == nil {
		return ""
	}
	address := s.VaultURL + "/secrets/" + s.Name
	if s.Version != "" {
		address += "/" + s.Version
	}
	return address + "?api-version=" + keyVaultAPI
}

func (s *KeyVaultSecret) identity() string {
	if s == nil {
		return ""
	}
	return s.IdentityClientID
}

func (s *KeyVaultSecret) check() error {
	if s == nil {
		return nil
	}
	var faults []error
	for _, field := range []struct{ name, value, pattern, want string }{
		{"vault's URL", s.VaultURL, `https://[a-zA-Z0-9-]{3,24}\.vault\.azure\.net`, "https://<vault>.vault.azure.net"},
		{"name", s.Name, `[A-Za-z0-9-]{1,127}`, "1 to 127 letters, digits or '-'"},
		{"version", s.Version, `([0-9a-fA-F]{32})?`, "32 hex digits"},
		{"identity's client id", s.IdentityClientID, `[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`, "a GUID"},
	} {
		if !matches(field.pattern, field.value) {
			faults = append(faults, fmt.Errorf("cloud config: secret in a key vault: the %s %q is not %s", field.name, field.value, field.want))
		}
	}
	return errors.Join(faults...)
}
