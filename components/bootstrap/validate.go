package bootstrap

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Every value is checked before it is written. The documents nest YAML in
// YAML, shell and PowerShell, so what is not a plain name, number, address or
// PEM block is refused instead of quoted more cleverly. No message shows a
// secret.

// maxWindowsName is the most characters of a Windows computer name.
const maxWindowsName = 15

func matches(pattern, value string) bool {
	return regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(value)
}

func checkMaster(c Cluster, n Node, p PKI) error {
	faults := []error{checkNode(c, n), p.check()}
	switch {
	case n.Name == "":
		faults = append(faults, errors.New("master: its name is missing"))
	case len(c.MasterIPs) == 0:
		faults = append(faults, errors.New("cluster: the masters' addresses are missing"))
	case !slices.Contains(c.MasterIPs, n.PrivateIP):
		faults = append(faults, fmt.Errorf("master %q: its address %q is not among the masters' %v", n.Name, n.PrivateIP, c.MasterIPs))
	}
	return errors.Join(faults...)
}

func checkNode(c Cluster, n Node) error {
	return errors.Join(c.check(), n.check())
}

func (c Cluster) check() error {
	var faults []error
	refuse := func(format string, args ...any) { faults = append(faults, fmt.Errorf("cluster: "+format, args...)) }
	if !matches(`[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?`, c.Name) {
		refuse("name %q must be 1 to 63 letters, digits, '.', '_' or '-', with a letter or digit at both ends", c.Name)
	}
	if len(validation.IsDNS1123Subdomain(c.Endpoint)) > 0 {
		refuse("endpoint %q is not a DNS name in lower case, without scheme and port", c.Endpoint)
	}
	if !matches(`[a-z0-9]{6}\.[a-z0-9]{16}`, c.Token) {
		refuse("the bootstrap token is not of the form [a-z0-9]{6}.[a-z0-9]{16}")
	}
	if !matches(`sha256:[0-9a-f]{64}`, c.CACertHash) {
		refuse(`CA hash %q is not "sha256:" and 64 hex digits`, c.CACertHash)
	}
	for i, ip := range c.MasterIPs {
		if !isAddress(ip) {
			refuse("master address %q is not an IP address", ip)
		}
		if slices.Contains(c.MasterIPs[:i], ip) {
			refuse("two masters have the address %s", ip)
		}
	}
	if c.EndpointIP != "" && (!isAddress(c.EndpointIP) || isAddress(c.Endpoint)) {
		refuse("endpoint address %q must be an IP address, and the endpoint %q its name", c.EndpointIP, c.Endpoint)
	}
	if !slices.Contains([]string{"", "iptables", "ipvs", "nftables"}, c.ProxyMode) {
		refuse("proxy mode %q is none of iptables, ipvs and nftables", c.ProxyMode)
	}
	for _, name := range c.SubjectAltNames {
		if !isSubjectAltName(name) {
			refuse("subject alternative name %q is neither an IP address nor a DNS name", name)
		}
	}
	return errors.Join(append(faults, c.checkNetworks(), checkRelease(c.Release), c.Mirrors.check(),
		checkArgs("API server", c.APIServerArgs, controlPlaneValue),
		checkArgs("controller manager", c.ControllerManagerArgs, controlPlaneValue),
		checkArgs("scheduler", c.SchedulerArgs, controlPlaneValue),
	)...)
}

// checkNetworks also holds the DNS address to kubeadm's: the Service that
// kubeadm makes for CoreDNS always has the tenth address.
func (c Cluster) checkNetworks() error {
	var faults []error
	if _, err := netip.ParsePrefix(c.PodCIDR); err != nil {
		faults = append(faults, fmt.Errorf("cluster: pod CIDR %q is not a CIDR", c.PodCIDR))
	}
	services, err := netip.ParsePrefix(c.ServiceCIDR)
	if err != nil {
		return errors.Join(append(faults, fmt.Errorf("cluster: service CIDR %q is not a CIDR", c.ServiceCIDR))...)
	}
	tenth := services.Masked().Addr()
	for range 10 {
		tenth = tenth.Next()
	}
	if dns, err := netip.ParseAddr(c.DNSServiceIP); err != nil || dns != tenth || !services.Contains(dns) {
		faults = append(faults, fmt.Errorf("cluster: DNS service address %q must be the tenth address of %s, which is %s: kubeadm gives that one to CoreDNS",
			c.DNSServiceIP, c.ServiceCIDR, tenth))
	}
	return errors.Join(faults...)
}

// isAddress refuses zones: they may hold any character.
func isAddress(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Zone() == ""
}

func isSubjectAltName(name string) bool {
	name = strings.ToLower(name)
	return isAddress(name) || len(validation.IsDNS1123Subdomain(name)) == 0 || len(validation.IsWildcardDNS1123Subdomain(name)) == 0
}

func checkRelease(r apimodel.Release) error {
	const version, image = `[0-9]+\.[0-9]+\.[0-9]+`, `[a-z0-9]([a-z0-9._/:@-]*[a-z0-9])?`
	var faults []error
	for _, field := range []struct{ name, value, pattern string }{
		{"minor", r.Minor, `[0-9]+\.[0-9]+`},
		{"Kubernetes version", r.Kubernetes, version},
		{"containerd version", r.Containerd, version},
		{"runc version", r.Runc, version},
		{"crictl version", r.Crictl, version},
		{"Linux pause image", r.LinuxPause, image},
		{"Windows pause image", r.WindowsPause, image},
	} {
		if !matches(field.pattern, field.value) {
			faults = append(faults, fmt.Errorf("release: %s %q is malformed", field.name, field.value))
		}
	}
	return errors.Join(faults...)
}

// sorted makes the order of faults that came out of a map stable.
func sorted(faults []error) []error {
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return faults
}

// pkiPart is one file of the root material.
type pkiPart struct {
	path, pem string
	secret    bool
}

func (p PKI) parts() []pkiPart {
	return []pkiPart{
		{"ca.crt", p.CACert, false},
		{"ca.key", p.CAKey, true},
		{"front-proxy-ca.crt", p.FrontProxyCACert, false},
		{"front-proxy-ca.key", p.FrontProxyCAKey, true},
		{"etcd/ca.crt", p.EtcdCACert, false},
		{"etcd/ca.key", p.EtcdCAKey, true},
		{"sa.pub", p.ServiceAccountPublicKey, false},
		{"sa.key", p.ServiceAccountKey, true},
	}
}

func (p PKI) check() error {
	var faults []error
	for _, part := range p.parts() {
		want := "CERTIFICATE"
		switch {
		case part.secret:
			want = "PRIVATE KEY"
		case part.path == "sa.pub":
			want = "PUBLIC KEY"
		}
		block, rest := pem.Decode([]byte(part.pem))
		if block == nil || !strings.HasSuffix(block.Type, want) || strings.TrimSpace(string(rest)) != "" ||
			!strings.HasPrefix(part.pem, "-----BEGIN ") {
			faults = append(faults, fmt.Errorf("PKI: %s is not one PEM block of type %s", part.path, want))
		}
	}
	return errors.Join(faults...)
}
