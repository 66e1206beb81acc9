package apimodel

import (
	"net/url"
	"strings"
)

// ExtensionProfile returns the profile of that name, or nil.
func (d *Definition) ExtensionProfile(name string) *ExtensionProfile {
	for _, p := range d.Properties.ExtensionProfiles {
		if p != nil && p.Name == name {
			return p
		}
	}
	return nil
}

// URL is where the extension's script is fetched from:
// <rootURL>/extensions/<name>/<version>/<script>?<urlQuery>. It may hold a
// signature, so it is a secret.
func (p ExtensionProfile) URL() string {
	path := []string{strings.TrimRight(p.RootURL, "/"), "extensions", url.PathEscape(p.Name), url.PathEscape(p.Version), url.PathEscape(p.Script)}
	address := strings.Join(path, "/")
	if p.URLQuery != "" {
		address += "?" + strings.TrimPrefix(p.URLQuery, "?")
	}
	return address
}

// IsSingle tells whether the extension is for the pool's first machine only.
func (e Extension) IsSingle() bool { return strings.EqualFold(e.SingleOrAll, "single") }

// VaultURL is the address of the vault: https://<vault>.vault.azure.net.
func (r KeyvaultSecretRef) VaultURL() string {
	return "https://" + r.VaultID[strings.LastIndex(r.VaultID, "/")+1:] + ".vault.azure.net"
}
