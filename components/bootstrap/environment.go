package bootstrap

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// role is what the Linux script is told to make of its node.
type role string

const (
	roleInit role = "control-plane-init"
	roleJoin role = "control-plane-join"
	roleNode role = "node"
)

// environment is the file of settings that the Linux script reads. The script
// itself is the same on every node; only this file differs. It holds no
// secrets.
func environment(c Cluster, n Node, r role, secret *KeyVaultSecret) string {
	files := byName(c, apimodel.Linux)
	var others []string
	if r != roleNode {
		others = slices.DeleteFunc(slices.Clone(c.MasterIPs), func(ip string) bool { return ip == n.PrivateIP })
	}
	settings := []setting{
		{"ROLE", string(r)},
		{"NODE_NAME", n.Name},
		{"PRIVATE_IP", n.PrivateIP},
		{"ENDPOINT", c.Endpoint},
		{"ENDPOINT_IP", c.EndpointIP},
		{"OTHER_MASTERS", strings.Join(others, " ")},
		{"CLIENT_SECRET_URL", secret.url()},
		{"CLIENT_SECRET_IDENTITY", secret.identity()},
		{"HAS_IDENTITY", strconv.FormatBool(r != roleNode || n.HasIdentity)},
		{"UPGRADE_AT_BOOT", strconv.FormatBool(n.UpgradeAtBoot)},
		{"NO_UNATTENDED_UPGRADES", strconv.FormatBool(n.NoUnattendedUpgrades)},
		{"AUDITD", strconv.FormatBool(n.AuditD)},
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
	if l := c.Registries; l != nil {
		settings = append(settings, setting{"CREDENTIAL_PROVIDER_URL", l.Linux.URL}, setting{"CREDENTIAL_PROVIDER_SHA256", l.Linux.SHA256})
	}
	return assignments(settings)
}

type setting struct{ name, value string }

// assignments are settings as a shell reads them.
func assignments(settings []setting) string {
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
