package bootstrap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Mirrors send nodes elsewhere than to the publishers. A key is a host that nodes
// contact, as in "github.com" or "docker.io". Its value is the host and, where
// there is one, the path under which a mirror has the same paths, as in
// "mirror.example.com/github". A mirror is spoken to by https and needs no login.
//
// Files, package repositories and keys lie under the prefix: what the publisher
// has at https://github.com/a/b is at https://mirror.example.com/github/a/b.
// Images have the prefix in place of the host: registry.k8s.io/pause:3.10 is
// mirror.example.com/k8s/pause:3.10. Hosts without a mirror are contacted as ever.
type Mirrors map[string]string

// prefix is the host and path of a mirror, without scheme and end; empty for none.
func (m Mirrors) prefix(host string) string {
	return strings.Trim(strings.TrimPrefix(m[host], "https://"), "/")
}

// Redirect gives an artifact as these mirrors have it. The Origin of one that comes
// from a mirror says where the publisher has it. Charts and scripts stay as they
// are.
func (m Mirrors) Redirect(a Artifact) Artifact {
	if a.Kind == Chart || a.Kind == UserScript {
		return a // where these come from, the user or the program says
	}
	origin := a.URL
	if a.Kind == Image {
		host, rest := splitImage(a.URL)
		if prefix := m.prefix(host); prefix != "" {
			a.URL, a.Origin = prefix+"/"+rest, origin
		}
		return a
	}
	a.URL, a.Checksum = m.redirectURL(a.URL), m.redirectURL(a.Checksum)
	if a.URL != origin {
		a.Origin = origin
	}
	return a
}

func (m Mirrors) redirectURL(address string) string {
	host, rest := splitURL(address)
	if prefix := m.prefix(host); prefix != "" {
		return "https://" + prefix + rest
	}
	return address
}

// Host is the host that the artifact comes from.
func (a Artifact) Host() string {
	if a.Kind == Image {
		host, _ := splitImage(a.URL)
		return host
	}
	host, _ := splitURL(a.URL)
	return host
}

func splitURL(address string) (host, rest string) {
	_, after, _ := strings.Cut(address, "://")
	if end := strings.IndexByte(after, '/'); end >= 0 {
		return after[:end], after[end:]
	}
	return after, ""
}

// splitImage takes the registry off a reference. One without a registry is of
// Docker Hub:
// https://github.com/distribution/reference/blob/main/normalize.go
func splitImage(reference string) (host, rest string) {
	host, rest, found := strings.Cut(reference, "/")
	if !found || !strings.ContainsAny(host, ".:") {
		return "docker.io", reference
	}
	return host, rest
}

// mirrorsPath tells mirrors.sh the hosts with a mirror, one to a line.
const mirrorsPath = "/etc/hybridcluster/mirrors"

// certsDir is where containerd looks for the hosts of registries.
const certsDir = "/etc/containerd/certs.d"

// mirrorFiles are what a Linux node needs of the mirrors beside the addresses in
// its settings; none without mirrors.
func (c Cluster) mirrorFiles() []writeFile {
	if len(c.Mirrors) == 0 {
		return nil
	}
	var lines strings.Builder
	for _, host := range slices.Sorted(maps.Keys(c.Mirrors)) {
		lines.WriteString(host + " " + c.Mirrors.prefix(host) + "\n")
	}
	files := []writeFile{
		rootFile(libDir+"/mirrors.sh", modePublic, mirrorsScript),
		rootFile(mirrorsPath, modePublic, lines.String()),
	}
	for _, r := range c.registryHosts() {
		files = append(files, rootFile(certsDir+"/"+r.directory+"/hosts.toml", modePublic, r.config))
	}
	return files
}

// registryHost is containerd's configuration of one registry.
type registryHost struct{ directory, config string }

// registryHosts are those of the mirrors that images may come from: all but the
// hosts from which the release's files and packages come. So the images of
// add-ons and workloads come from the mirrors, too.
func (c Cluster) registryHosts() []registryHost {
	var list []registryHost
	for _, host := range slices.Sorted(maps.Keys(c.Mirrors)) {
		if !slices.Contains(fileHosts(c.Release), host) {
			list = append(list, registryHost{registryDirectory(host), registryConfig(c.Mirrors.prefix(host))})
		}
	}
	return list
}

func fileHosts(r apimodel.Release) []string {
	var hosts, images []string
	for _, a := range Artifacts(r) {
		if a.Kind == Image {
			images = append(images, a.Host())
		} else {
			hosts = append(hosts, a.Host())
		}
	}
	return slices.DeleteFunc(hosts, func(host string) bool { return slices.Contains(images, host) })
}

// registryDirectory is a name that containerd looks for on both systems: Windows
// has no colon in names.
// https://github.com/containerd/containerd/blob/main/docs/hosts.md#port-handling-in-registry-host
func registryDirectory(host string) string {
	if name, port, found := strings.Cut(host, ":"); found {
		return name + "_" + port + "_"
	}
	return host
}

// registryConfig is a hosts.toml that names the mirror as the server, so that
// the registry itself is not asked where the mirror fails. A prefix with a path
// is the first part of each image's name; the API's root then has the path behind
// its version, which containerd takes as it is told.
// https://github.com/containerd/containerd/blob/main/docs/hosts.md
func registryConfig(prefix string) string {
	host, path, found := strings.Cut(prefix, "/")
	if !found {
		return fmt.Sprintf("server = \"https://%s\"\ncapabilities = [\"pull\", \"resolve\"]\n", host)
	}
	return fmt.Sprintf("server = \"https://%s/v2/%s\"\ncapabilities = [\"pull\", \"resolve\"]\noverride_path = true\n", host, path)
}

// registryHosts writes the table of registries with a mirror: containerd's
// configuration by the name of its directory.
func (p *powershell) registryHosts(c Cluster) {
	table := map[string]string{}
	for _, r := range c.registryHosts() {
		table[r.directory] = "@'\n" + r.config + "'@"
	}
	p.table("RegistryHosts", table)
}
