package bootstrap

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// maxScripts is the most scripts of a node: two digits order their files.
const maxScripts = 100

// title names a node in messages.
func (n Node) title() string {
	if n.Name == "" {
		return "node of a scale set"
	}
	return fmt.Sprintf("node %q", n.Name)
}

func (n Node) check() error {
	var faults []error
	if n.Name != "" && len(validation.IsDNS1123Label(n.Name)) > 0 {
		faults = append(faults, fmt.Errorf("node: name %q must be 1 to 63 lower-case letters, digits or '-'", n.Name))
	}
	if n.PrivateIP != "" && !isAddress(n.PrivateIP) {
		faults = append(faults, fmt.Errorf("%s: private address %q is not an IP address", n.title(), n.PrivateIP))
	}
	for key, value := range n.Labels {
		if len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			faults = append(faults, fmt.Errorf("%s: %q=%q is not a label", n.title(), key, value))
		}
	}
	return errors.Join(append(sorted(faults),
		n.checkTaints(), n.HostKey.check(n.title()), checkArgs(n.title()+": kubelet", n.KubeletArgs, kubeletValue), n.checkScripts())...)
}

// checkLinux checks what only Linux nodes get.
func checkLinux(c Cluster, n Node) error {
	var faults []error
	for name, value := range n.Sysctls {
		if !matches(`[a-z0-9_]+([./][A-Za-z0-9_-]+)+`, name) || !matches(`[!-~]([ -~]*[!-~])?`, value) {
			faults = append(faults, fmt.Errorf("%s: %q = %q is not a kernel parameter", n.title(), name, value))
		}
	}
	faults = sorted(faults)
	if n.DNSServer != "" {
		if addr, err := netip.ParseAddr(n.DNSServer); err != nil || !addr.Is4() {
			faults = append(faults, fmt.Errorf("%s: DNS server %q is not an IPv4 address", n.title(), n.DNSServer))
		}
	}
	if n.SearchDomain != "" && len(validation.IsDNS1123Subdomain(n.SearchDomain)) > 0 {
		faults = append(faults, fmt.Errorf("%s: search domain %q is not a DNS name in lower case", n.title(), n.SearchDomain))
	}
	return errors.Join(append(faults, n.checkFiles(c), c.Registries.check(apimodel.Linux))...)
}

// checkFiles keeps the files off the bootstrap's own.
func (n Node) checkFiles(c Cluster) error {
	var faults []error
	var paths []string
	for i, f := range n.Files {
		switch {
		case !matches(`(/[A-Za-z0-9._@+-]+)+`, f.Path) || path.Clean(f.Path) != f.Path:
			faults = append(faults, fmt.Errorf("%s: file %d: %q is not an absolute path of letters, digits and ._@+-", n.title(), i, f.Path))
		case isOwnPath(f.Path):
			faults = append(faults, fmt.Errorf("%s: file %d: %s belongs to the bootstrap", n.title(), i, f.Path))
		case slices.ContainsFunc(c.mirrorFiles(), func(w writeFile) bool { return w.Path == f.Path }):
			faults = append(faults, fmt.Errorf("%s: file %d: %s is written for a mirror: leave the file or the mirror out", n.title(), i, f.Path))
		case slices.Contains(paths, f.Path):
			faults = append(faults, fmt.Errorf("%s: file %d: %s is given twice", n.title(), i, f.Path))
		case !utf8.ValidString(f.Content) || strings.ContainsRune(f.Content, 0):
			faults = append(faults, fmt.Errorf("%s: file %d: the content of %s is not text in UTF-8", n.title(), i, f.Path))
		}
		paths = append(paths, f.Path)
	}
	return errors.Join(faults...)
}

// isOwnPath tells the bootstrap's files and directories.
func isOwnPath(file string) bool {
	for _, dir := range []string{
		libDir, "/etc/hybridcluster", "/var/lib/hybridcluster", "/var/log/hybridcluster", pkiDir, etcdMount,
	} {
		if file == dir || strings.HasPrefix(file, dir+"/") {
			return true
		}
	}
	return slices.Contains(ownPaths, file)
}

// checkScripts shows neither URLs nor parameters: they are secrets.
func (n Node) checkScripts() error {
	var faults []error
	refuse := func(i int, what string) {
		faults = append(faults, fmt.Errorf("%s: script %d (%q): %s", n.title(), i, n.Scripts[i].Name, what))
	}
	if len(n.Scripts) > maxScripts {
		return fmt.Errorf("%s: %d scripts are more than %d", n.title(), len(n.Scripts), maxScripts)
	}
	for i, s := range n.Scripts {
		if !matches(`[A-Za-z0-9][A-Za-z0-9._-]{0,62}`, s.Name) {
			refuse(i, "its name must be 1 to 63 letters, digits, '-', '_' or '.', with a letter or digit at the beginning")
		}
		if !isPlainURL(s.URL) {
			refuse(i, "its URL is not an https URL without spaces, quotes and backslashes")
		}
		if !isDigest(s.SHA256) {
			refuse(i, "its SHA-256 is not 64 hex digits: a script that nobody has pinned is not run")
		}
		if !matches(`[ -~]*`, s.Parameters) {
			refuse(i, "its parameters are not one line of printable ASCII")
		}
	}
	return errors.Join(faults...)
}

// isPlainURL accepts what stands in quotes in curl's configuration.
func isPlainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && matches(kubeletValue, text)
}

func isDigest(text string) bool { return matches(`[0-9a-fA-F]{64}`, text) }
