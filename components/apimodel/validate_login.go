package apimodel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	const path = "properties.linuxProfile.adminUsername"
	switch name := p.AdminUsername; {
	case slices.Contains(reservedUsernames(), strings.ToLower(name)) || slices.Contains(linuxAccounts(), name):
		c.reserved(path, name)
	case len(name) > maxLinuxUsername:
		c.fault(path, fmt.Sprintf("has %d characters, more than %d", len(name), maxLinuxUsername), "shorten it")
	case !linuxUsername.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is no user name for Linux", name), "use letters, digits, - and _, a letter first")
	}
	c.sshKeys(p.SSH.PublicKeys)
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

// classes counts the kinds of characters in a password.
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
		default:
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
