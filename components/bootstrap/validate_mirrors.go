package bootstrap

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// mirrorRemedy is the form of a mirror.
const mirrorRemedy = "write it as HOST=PREFIX, for example github.com=mirror.example.com/github"

// Faults are what is wrong with the mirrors, sorted by host. place says where
// they were given, for example "--mirror". No fault shows a login.
func (m Mirrors) Faults(place string) apimodel.Faults {
	var faults apimodel.Faults
	for _, host := range slices.Sorted(maps.Keys(m)) {
		if message, remedy := m.fault(host); message != "" {
			faults = append(faults, apimodel.Fault{Path: place, Message: message, Remedy: remedy})
		}
	}
	return faults
}

// hubAliases are other names of Docker Hub, whose images are named by docker.io: a
// mirror of one would stand in for nothing.
// https://github.com/distribution/reference/blob/main/normalize.go
var hubAliases = []string{"registry-1.docker.io", "index.docker.io"}

// check refuses what Faults finds.
func (m Mirrors) check() error {
	var faults []error
	for _, f := range m.Faults("mirrors") {
		faults = append(faults, errors.New(f.String()))
	}
	return errors.Join(faults...)
}

// fault is what is wrong with one mirror, and what to do.
func (m Mirrors) fault(host string) (message, remedy string) {
	switch {
	case host == "":
		return "a mirror is named without the host that it stands in for", mirrorRemedy
	case strings.ContainsRune(host, '@'):
		return "the host in front of a mirror holds a user name", "give the host alone, for example github.com"
	case host != strings.ToLower(host):
		return fmt.Sprintf("the host %q has capitals", host), "write it as " + strings.ToLower(host)
	case !isHost(host):
		return fmt.Sprintf("%q is not the name of a host", host), "give a host as nodes contact it, without scheme and path, for example registry.k8s.io"
	case slices.Contains(hubAliases, host):
		return fmt.Sprintf("nodes know %s by another name", host), "write docker.io"
	case host == windowsUpdateHost:
		return "Windows Update takes no mirror: Windows finds its servers by itself",
			"leave the host out, and have a group policy name a server of Windows Server Update Services (WSUS)"
	}
	message, remedy = prefixFault(host, m[host])
	if message != "" {
		return message, remedy
	}
	mirror, images, _ := strings.Cut(m.prefix(host), "/")
	if images != strings.ToLower(images) && hasImages(host) {
		return fmt.Sprintf("the mirror of %s has capitals in its path, and names of images have none: %q", host, m.prefix(host)),
			"write the path in small letters"
	}
	if _, again := m[mirror]; again {
		return fmt.Sprintf("the mirror of %s is on %s, which has a mirror itself, and no mirror is looked for twice", host, mirror),
			"name the last mirror of both, or give the mirror a name of its own"
	}
	return "", ""
}

// prefixFault never shows a prefix that may hold a login.
func prefixFault(host, prefix string) (message, remedy string) {
	scheme, rest, found := strings.Cut(prefix, "://")
	if !found {
		scheme, rest = "https", prefix
	}
	rest = strings.TrimSuffix(rest, "/")
	name, _, _ := strings.Cut(rest, "/")
	switch {
	case rest == "":
		return host + " has no mirror behind it", mirrorRemedy
	case strings.ContainsRune(rest, '@'):
		return fmt.Sprintf("the mirror of %s holds a login, which every node would have in the clear", host),
			"leave it out: a mirror has to be open to the nodes' network"
	case strings.ContainsAny(rest, "?#"):
		return fmt.Sprintf("the mirror of %s has a query, and paths are put behind a mirror", host), "leave out what begins with ? or #"
	case strings.ContainsAny(rest, " \t\r\n"):
		return fmt.Sprintf("the mirror of %s holds spaces", host), mirrorRemedy
	case scheme != "https":
		return fmt.Sprintf("the mirror of %s is not spoken to by https", host), "leave the scheme out; a mirror is always spoken to by https"
	case !isHost(name):
		return fmt.Sprintf("the mirror of %s is on %q, which is not the name of a host", host, name), mirrorRemedy
	case !isMirrorPath(strings.TrimPrefix(rest, name)):
		return fmt.Sprintf("the mirror of %s has a path that is not plain: %q", host, rest),
			"use parts of letters, digits and . _ ~ + - with one / between them"
	}
	return "", ""
}

// isHost accepts what an image's reference takes for a registry: a DNS name with
// a dot in it or an IPv4 address, perhaps with a port.
func isHost(text string) bool {
	name, port, found := strings.Cut(text, ":")
	if found {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Is4()
	}
	return len(validation.IsDNS1123Subdomain(name)) == 0 && (found || strings.ContainsRune(name, '.'))
}

// hasImages tells whether images come from a host, in any supported release. A host
// that nothing is known of is a registry, too, for add-ons or workloads.
func hasImages(host string) bool {
	for _, r := range apimodel.Releases() {
		if slices.Contains(fileHosts(r), host) {
			return false
		}
	}
	return true
}

func isMirrorPath(text string) bool {
	return text == "" || matches(`(/[A-Za-z0-9._~+-]+)+`, text) && path.Clean(text) == text
}
