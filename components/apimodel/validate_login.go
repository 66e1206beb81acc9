package apimodel

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Azure's rules for the login of a VM. The lengths are those of its FAQs, the
// lists those of its API:
// https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#osprofile
const (
	maxLinuxUsername   = 64
	maxWindowsUsername = 20
	minPassword        = 12
	maxPassword        = 123
)

var linuxUsername = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func (c *checker) linuxProfile(p *LinuxProfile) {
	if p == nil {
		c.fault("properties.linuxProfile", "is missing", "call Default before Validate")
		return
	}
	const path = "properties.linuxProfile"
	c.linuxUsername(path+".adminUsername", p.AdminUsername)
	c.sshKeys(p.SSH.PublicKeys)
	c.vaultSecrets(path+".secrets", Linux, p.Secrets)
	c.nodesDNS(path, p)
}

func (c *checker) linuxUsername(path, name string) {
	switch {
	case slices.Contains(reservedUsernames(), strings.ToLower(name)) || slices.Contains(linuxAccounts(), name):
		c.reserved(path, name)
	case len(name) > maxLinuxUsername:
		c.fault(path, fmt.Sprintf("has %d characters, more than %d", len(name), maxLinuxUsername), "shorten it")
	case !linuxUsername.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is no user name for Linux", name), "use letters, digits, - and _, a letter first")
	}
}

// nodesDNS checks the names that Linux nodes look up. The cluster's own DNS is no
// server for them: it runs on them.
func (c *checker) nodesDNS(path string, p *LinuxProfile) {
	if p.CustomNodesDNS != nil && p.CustomNodesDNS.DNSServer != "" {
		at, text := path+".customNodesDNS.dnsServer", p.CustomNodesDNS.DNSServer
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || !a.Is4():
			c.fault(at, fmt.Sprintf("%q is no IPv4 address", text), "write the address of a DNS server")
		case c.inCluster(a):
			c.fault(at, fmt.Sprintf("%s is an address of the cluster's own pods or Services, which nodes must not depend on", a), "use a DNS server outside the cluster")
		}
	}
	if p.CustomSearchDomain != nil && p.CustomSearchDomain.Name != "" {
		if name := p.CustomSearchDomain.Name; len(validation.IsDNS1123Subdomain(strings.ToLower(name))) > 0 {
			c.fault(path+".customSearchDomain.name", fmt.Sprintf("%q is no DNS name", name), "write a domain such as corp.example.com")
		}
	}
}

// inCluster tells whether an address is one of a pod or a Service.
func (c *checker) inCluster(a netip.Addr) bool {
	k := c.d.kubernetes()
	if k == nil {
		return false
	}
	return slices.ContainsFunc([]string{k.ClusterSubnet, k.ServiceCIDR}, func(text string) bool {
		p, err := netip.ParsePrefix(text)
		return err == nil && p.Contains(a)
	})
}

func (c *checker) windowsProfile(p *WindowsProfile) {
	if p == nil {
		if c.d.hasPool(Windows) {
			c.fault("properties.windowsProfile", "is missing", "call Default before Validate")
		}
		return
	}
	const path = "properties.windowsProfile.adminUsername"
	switch name := p.AdminUsername; {
	case slices.Contains(reservedUsernames(), strings.ToLower(name)) || slices.Contains(windowsAccounts(), strings.ToLower(name)):
		c.reserved(path, name)
	case utf8.RuneCountInString(name) > maxWindowsUsername:
		c.fault(path, fmt.Sprintf("has %d characters, more than %d", utf8.RuneCountInString(name), maxWindowsUsername), "shorten it")
	case strings.TrimSpace(name) == "" || strings.HasSuffix(name, ".") || strings.ContainsAny(name, `"/\[]:;|=,+*?<>@`) || strings.ContainsFunc(name, unicode.IsControl):
		c.fault(path, fmt.Sprintf("%q is no user name for Windows", name), `use letters, digits, - and _; Windows refuses " / \ [ ] : ; | = , + * ? < > @ and a period at the end`)
	}
	if !c.given.WindowsAdminPassword && p.AdminPassword != "" {
		c.password(p.AdminPassword, p.AdminUsername)
	}
	c.windowsProfileImage(p)
	c.vaultSecrets(pathWindows+".secrets", Windows, p.Secrets)
	c.csiProxy(p)
}

// csiProxy checks a download that CSI drivers of today do without:
// https://github.com/kubernetes-csi/csi-proxy#overview
func (c *checker) csiProxy(p *WindowsProfile) {
	if !isTrue(p.EnableCSIProxy) {
		return
	}
	const at, digest = pathWindows + ".csiProxyURL", pathWindows + ".csiProxySHA256"
	const remedy = "remove enableCSIProxy, for CSI drivers of today run without csi-proxy; or host the file, and give csiProxyURL and csiProxySHA256"
	u, err := url.Parse(p.CSIProxyURL)
	switch {
	case p.CSIProxyURL == "":
		c.fault(at, "is missing, and enableCSIProxy is true", remedy)
	case err != nil || u.Scheme != "https" || u.Host == "":
		c.fault(at, fmt.Sprintf("%q is no https:// URL", withoutQuery(p.CSIProxyURL)), remedy)
	case strings.HasSuffix(u.Hostname(), ".azureedge.net"):
		c.fault(at, u.Hostname()+" is a host of AKS Engine's, which is retired", remedy)
	case p.CSIProxySHA256 == "":
		c.fault(digest, "is missing: a file that has changed is not installed", "add the digest that `sha256sum FILE` prints")
	case !sha256Shape.MatchString(p.CSIProxySHA256):
		c.fault(digest, fmt.Sprintf("%q is no SHA-256 digest", p.CSIProxySHA256), "write the 64 hexadecimal digits that `sha256sum FILE` prints")
	}
}

func (c *checker) reserved(path, name string) {
	c.fault(path, fmt.Sprintf("%q is a reserved name", name), fmt.Sprintf("use another, for example %q", defaultAdminUsername))
}

// password never says what the password is.
func (c *checker) password(password, username string) {
	var weak []string
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		weak = append(weak, fmt.Sprintf("it has %d characters, not %d to %d", n, minPassword, maxPassword))
	}
	if n := classes(password); n < 3 {
		weak = append(weak, fmt.Sprintf("it has %d of the four kinds of characters (lower case, capitals, digits, others), not 3", n))
	}
	if strings.ContainsFunc(password, unicode.IsControl) {
		weak = append(weak, "it has control characters, such as a line break, which Azure refuses")
	}
	if len(username) > 2 && strings.Contains(strings.ToLower(password), strings.ToLower(username)) {
		weak = append(weak, "it contains the user name")
	}
	if slices.ContainsFunc(deniedPasswords(), func(p string) bool { return strings.EqualFold(p, password) }) {
		weak = append(weak, "it is on Azure's list of known passwords")
	}
	if len(weak) > 0 {
		c.fault(pathAdminPassword, "the Windows password is too weak: "+strings.Join(weak, "; "),
			"choose another, or leave it out and one is generated")
	}
}

// classes counts the kinds of characters in a password as Azure does, which takes
// for "others" what the expression [\W_] matches: a letter of a script without
// capitals is of no kind.
func classes(password string) int {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		case r == '_' || !unicode.In(r, unicode.L, unicode.Mn, unicode.Nd, unicode.Pc):
			other = 1
		}
	}
	return lower + upper + digit + other
}

func reservedUsernames() []string {
	return []string{
		"1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup",
		"console", "david", "guest", "john", "owner", "root", "server", "sql", "support", "support_388945a0",
		"sys", "test", "test1", "test2", "test3", "user", "user1", "user2", "user3", "user4", "user5",
	}
}

// linuxAccounts are accounts and groups that an Ubuntu image has.
func linuxAccounts() []string {
	return []string{
		"bin", "daemon", "games", "irc", "landscape", "list", "lp", "mail", "man", "messagebus", "news", "nobody",
		"nogroup", "polkitd", "pollinate", "proxy", "sshd", "sudo", "sync", "syslog", "systemd-network",
		"systemd-resolve", "systemd-timesync", "tcpdump", "tss", "uucp", "uuidd", "www-data",
	}
}

// windowsAccounts are accounts that Windows has.
func windowsAccounts() []string {
	return []string{"defaultaccount", "wdagutilityaccount", "system", "localservice", "networkservice", "local service", "network service"}
}

func deniedPasswords() []string {
	return []string{
		"abc@123", "P@$$w0rd", "P@ssw0rd", "P@ssword123", "Pa$$word", "pass@word1", "Password!", "Password1",
		"Password22", "iloveyou!",
	}
}
