package apimodel

import (
	"fmt"
	"slices"
)

// extensionProfiles checks what the definition declares. Only winrm is
// supported; it is part of our own bootstrap, not fetched from anywhere.
func (c *checker) extensionProfiles(profiles []*ExtensionProfile) {
	const path = "properties.extensionProfiles"
	seen := map[string]bool{}
	for i, p := range profiles {
		at := indexPath(path, i)
		switch {
		case p == nil:
			c.fault(at, "must be an object, is null", "remove it")
			continue
		case p.Name == "":
			c.fault(at+".name", "is missing", "name the extension")
		case p.Name != WinRM:
			c.fault(at+".name", fmt.Sprintf("the extension %q is not supported yet", p.Name), fmt.Sprintf("remove it; %q is supported", WinRM))
		case p.Version != extensionVersion:
			c.fault(at+".version", fmt.Sprintf("version %q of %s is not supported", p.Version, WinRM), fmt.Sprintf("use %q", extensionVersion))
		}
		if seen[p.Name] && p.Name != "" {
			c.fault(at+".name", fmt.Sprintf("%q is declared twice", p.Name), "remove one of them")
		}
		seen[p.Name] = true
	}
}

// poolExtensions checks what a pool uses. AKS Engine ignores an extension that
// no profile declares; here it is a fault.
func (c *checker) poolExtensions(path string, p *AgentPoolProfile) {
	seen := map[string]bool{}
	for i, e := range p.Extensions {
		at := indexPath(path, i) + ".name"
		switch {
		case e.Name == "":
			c.fault(at, "is missing", "name a profile of extensionProfiles")
		case seen[e.Name]:
			c.fault(at, fmt.Sprintf("%q is named twice", e.Name), "remove one of them")
		case !c.declares(e.Name):
			c.fault(at, fmt.Sprintf("no profile in properties.extensionProfiles declares the extension %q", e.Name),
				fmt.Sprintf("add {\"name\": %q, \"version\": %q} to extensionProfiles, or remove the extension here", e.Name, extensionVersion))
		case e.Name == WinRM && p.OSType == Linux:
			c.fault(at, "winrm is for Windows pools, and this one is Linux", "remove it")
		}
		seen[e.Name] = true
	}
}

func (c *checker) declares(name string) bool {
	return slices.ContainsFunc(c.d.Properties.ExtensionProfiles, func(p *ExtensionProfile) bool {
		return p != nil && p.Name == name
	})
}
