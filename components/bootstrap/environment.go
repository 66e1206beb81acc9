package bootstrap

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// role is what the Linux script is told to make of its node.
type role string

const (
	roleInit role = "control-plane-init"
	roleNode role = "node"
)

// environment is the file of settings that the Linux script reads. The script
// itself is the same on every node; only this file differs. It holds no
// secrets.
func environment(c Cluster, n Node, r role) string {
	files := byName(c.Release, apimodel.Linux)
	settings := []struct{ name, value string }{
		{"ROLE", string(r)},
		{"NODE_NAME", n.Name},
		{"API_ENDPOINT", c.Endpoint},
		{"KUBERNETES_PACKAGE_VERSION", c.Release.Kubernetes + "-1.1"},
		{"KUBERNETES_APT_URL", files["kubernetes-packages"].URL},
		{"KUBERNETES_APT_KEY_URL", files["kubernetes-key"].URL},
		{"CONTAINERD_URL", files["containerd"].URL},
		{"CONTAINERD_SHA256_URL", files["containerd"].Checksum},
		{"RUNC_URL", files["runc"].URL},
		{"RUNC_SHA256_URL", files["runc"].Checksum},
		{"CRICTL_URL", files["crictl"].URL},
		{"CRICTL_SHA256_URL", files["crictl"].Checksum},
	}
	var out strings.Builder
	for _, s := range settings {
		out.WriteString(s.name + "=" + shellQuote(s.value) + "\n")
	}
	return out.String()
}

// shellQuote makes one shell word of a value. Nothing in single quotes means
// anything to a shell but the quote itself.
func shellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
