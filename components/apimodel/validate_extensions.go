package apimodel

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// The name and the version are parts of the script's URL.
	urlPartShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)
	sha256Shape  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
)

// enginesRoot is where AKS Engine fetched extensions from, by a branch that may
// change at any time.
const enginesRoot = "https://raw.githubusercontent.com/Azure/aks-engine/"

// enginesExtensions are those of AKS Engine that have no successor of their name,
// with what to do instead.
func enginesExtensions() map[string]string {
	return map[string]string{
		"oms":                     "Microsoft retired its OMS agent in August 2024; remove it, and install Azure Monitor's agent in the cluster",
		"microsoft-oms-agent-k8s": "Microsoft retired its OMS agent in August 2024; remove it, and install Azure Monitor's agent in the cluster",
		"prometheus-grafana-k8s":  "it installs old charts with Helm 2, which is retired; remove it, and install the chart kube-prometheus-stack",
	}
}

// extensionProfiles checks what the definition declares. winrm is part of our own
// bootstrap; all others are scripts that the user hosts.
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
		case seen[p.Name]:
			c.fault(at+".name", fmt.Sprintf("%q is declared twice", p.Name), "remove one of them")
		case p.Name == WinRM:
			c.winRM(at, p)
		default:
			c.ownScript(at, p)
		}
		seen[p.Name] = true
	}
}

func (c *checker) winRM(at string, p *ExtensionProfile) {
	if p.Version != extensionVersion {
		c.fault(at+".version", fmt.Sprintf("version %q of %s is not supported", p.Version, WinRM), fmt.Sprintf("use %q", extensionVersion))
	}
	if p.RootURL != "" || p.Script != "" || p.URLQuery != "" || p.ExtensionParameters != "" {
		c.substitute(at, "winrm is part of the bootstrap: no script is fetched, and it takes no parameters", "keep name and version only")
	}
}

// ownScript checks a script that nodes fetch and run.
func (c *checker) ownScript(at string, p *ExtensionProfile) {
	engines := p.RootURL == "" || strings.HasPrefix(p.RootURL, enginesRoot)
	if why, retired := enginesExtensions()[p.Name]; retired && engines {
		c.fault(at+".name", fmt.Sprintf("the extension %q of AKS Engine is not supported", p.Name), why)
		return
	}
	if !urlPartShape.MatchString(p.Name) {
		c.fault(at+".name", fmt.Sprintf("%q is no name for an extension", p.Name), "use letters, digits, periods, hyphens and underscores: it is a part of the script's URL")
	}
	if !urlPartShape.MatchString(p.Version) {
		c.fault(at+".version", fmt.Sprintf("%q is no version", p.Version), fmt.Sprintf("use letters, digits, periods and hyphens, such as %q: it is a part of the script's URL", extensionVersion))
	}
	switch {
	case p.Script == "":
		c.fault(at+".script", "is missing", "name the script: a file that ends in .sh for Linux pools, in .ps1 for Windows pools")
	case !urlPartShape.MatchString(p.Script) || !strings.HasSuffix(p.Script, ".sh") && !strings.HasSuffix(p.Script, ".ps1"):
		c.fault(at+".script", fmt.Sprintf("%q is no file name of a script", p.Script), "name a file that ends in .sh for Linux pools, in .ps1 for Windows pools")
	}
	const host = "host the script (<rootURL>extensions/<name>/<version>/<script>), give its rootURL with https://, and pin it with scriptSHA256"
	root, err := url.Parse(p.RootURL)
	switch {
	case engines:
		c.fault(at+".rootURL", "is AKS Engine's own repository, which is retired and whose branch may change at any time", host)
		return
	case err != nil || root.Scheme != "https" || root.Host == "" || root.RawQuery != "" || root.Fragment != "":
		c.fault(at+".rootURL", fmt.Sprintf("%q is no https:// URL of a folder", withoutQuery(p.RootURL)), "write one such as https://example.com/scripts/, and its query as urlQuery")
	case !strings.HasSuffix(p.RootURL, "/"):
		c.fault(at+".rootURL", fmt.Sprintf("%q does not end in a slash", p.RootURL), fmt.Sprintf("write %q", p.RootURL+"/"))
	}
	switch {
	case p.ScriptSHA256 == "":
		c.fault(at+".scriptSHA256", "is missing: a script that has changed is not run", "add the digest that `sha256sum "+orElse(p.Script, "FILE")+"` prints")
	case !sha256Shape.MatchString(p.ScriptSHA256):
		c.fault(at+".scriptSHA256", fmt.Sprintf("%q is no SHA-256 digest", p.ScriptSHA256), "write the 64 hexadecimal digits that `sha256sum "+orElse(p.Script, "FILE")+"` prints")
	}
}

// withoutQuery hides a query, which may hold a signature.
func withoutQuery(u string) string {
	base, _, _ := strings.Cut(u, "?")
	return base
}

// scripts checks what a pool, or the masters, use. AKS Engine ignores an
// extension that no profile declares; here it is a fault.
func (c *checker) scripts(path string, system OSType, scaleSet bool, m *MachineProfile) {
	seen := map[string]bool{}
	for i, e := range m.Extensions {
		at := indexPath(path+".extensions", i)
		if seen[e.Name] && e.Name != "" {
			c.fault(at+".name", fmt.Sprintf("%q is named twice", e.Name), "remove one of them")
		} else {
			c.script(at, system, scaleSet, e)
		}
		seen[e.Name] = true
	}
	if e := m.PreProvisionExtension; e != nil {
		at := path + ".preProvisionExtension"
		if e.Name == WinRM {
			c.fault(at+".name", "winrm is set up once the node has joined, not before", "move it to extensions")
			return
		}
		c.script(at, system, scaleSet, *e)
	}
}

func (c *checker) script(at string, system OSType, scaleSet bool, e Extension) {
	name := at + ".name"
	profile := c.declared(e.Name)
	switch {
	case e.Name == "":
		c.fault(name, "is missing", "name a profile of extensionProfiles")
	case profile == nil:
		c.fault(name, fmt.Sprintf("no profile in properties.extensionProfiles declares the extension %q", e.Name),
			fmt.Sprintf("add {\"name\": %q, \"version\": %q} to extensionProfiles, or remove the extension here", e.Name, extensionVersion))
	case e.Name == WinRM && system == Linux:
		c.fault(name, "winrm is for Windows pools, and these machines run Linux", "remove it")
	case system == Linux && strings.HasSuffix(profile.Script, ".ps1"):
		c.fault(name, fmt.Sprintf("the script %q of %q is for Windows, and these machines run Linux", profile.Script, e.Name), "remove it, or declare one that ends in .sh")
	case system == Windows && strings.HasSuffix(profile.Script, ".sh"):
		c.fault(name, fmt.Sprintf("the script %q of %q is for Linux, and these machines run Windows", profile.Script, e.Name), "remove it, or declare one that ends in .ps1")
	}
	const all, single = "all", "single"
	switch strings.ToLower(e.SingleOrAll) {
	case "", all:
	case single:
		if scaleSet {
			c.fault(at+".singleOrAll", "is single, and machines of a scale set are all alike", "remove it, or set availabilityProfile to "+AvailabilitySet)
		}
	default:
		c.fault(at+".singleOrAll", fmt.Sprintf("%q is neither all nor single", e.SingleOrAll), valueRemedy(e.SingleOrAll, []string{all, single}))
	}
}

func (c *checker) declared(name string) *ExtensionProfile {
	i := slices.IndexFunc(c.d.Properties.ExtensionProfiles, func(p *ExtensionProfile) bool { return p != nil && p.Name == name })
	if i < 0 {
		return nil
	}
	return c.d.Properties.ExtensionProfiles[i]
}
