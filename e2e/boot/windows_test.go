//go:build e2e && linux

package boot

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// No Windows is at hand. What a Windows machine hands to kubeadm and to the
// kubelet can be tried all the same, because both programs are the same ones:
// the documents and the flags are taken out of its script, paths and sockets
// become those of Linux, and the flags that only Windows has are left out.

const linuxSocket = "unix:///run/containerd/containerd.sock"

var (
	joinDocument    = regexp.MustCompile(`(?s)\$JoinConfiguration = @'\n(.*?)\n'@`)
	kubeletFlags    = regexp.MustCompile(`(?s)\$KubeletArguments = @\(\n(.*?)\n\)`)
	nodeNameSetting = regexp.MustCompile(`'NodeName' = '([^']*)'`)
	windowsSocket   = regexp.MustCompile(`npipe:////\./pipe/containerd-containerd`)
)

// windowsScript does what the phases Install-Containerd, Install-Kubernetes,
// Join-Cluster and Confirm-Node do.
const windowsScript = `set -euo pipefail
systemctl enable --now containerd.service
apt-get install kubelet kubeadm kubectl
printf 1 >/proc/sys/net/ipv4/ip_forward
deadline=$((SECONDS + JOIN_SECONDS))
until kubeadm join --config /k/join.yaml; do
  if ((SECONDS >= deadline)); then exit 1; fi
  kubeadm reset --force --cri-socket ` + linuxSocket + ` || true
  sleep "$RETRY_DELAY"
done
deadline=$((SECONDS + VERIFY_SECONDS))
until kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node "$(hostname)"; do
  if ((SECONDS >= deadline)); then exit 1; fi
  sleep "$RETRY_DELAY"
done
mkdir -p /var/lib/hybridcluster
touch /var/lib/hybridcluster/bootstrapped
`

// onLinux makes a Linux machine's custom data of a Windows machine's script.
func onLinux(t *testing.T, script string) []byte {
	t.Helper()
	join := joinDocument.FindStringSubmatch(script)
	flags := kubeletFlags.FindStringSubmatch(script)
	name := nodeNameSetting.FindStringSubmatch(script)
	require.NotNil(t, join, "the script has no join document")
	require.NotNil(t, flags, "the script has no kubelet flags")
	require.NotNil(t, name, "the script has no node name")

	command := []string{"/usr/bin/kubelet"}
	for line := range strings.Lines(flags[1]) {
		flag := strings.Trim(strings.TrimSpace(line), "'")
		if flag == "--windows-service" || strings.HasPrefix(flag, "--windows-priorityclass=") {
			continue
		}
		flag = windowsSocket.ReplaceAllString(flag, linuxSocket)
		command = append(command, strings.ReplaceAll(flag, "=C:/", "=/"))
	}
	command = append(command, "--hostname-override="+name[1], "$KUBELET_EXTRA_ARGS")

	file := func(path, content string) map[string]string {
		return map[string]string{"path": path, "owner": "root:root", "permissions": "0600", "content": content}
	}
	document, err := yaml.Marshal(map[string]any{
		"write_files": []any{
			file("/k/join.yaml", windowsSocket.ReplaceAllString(join[1], linuxSocket)+"\n"),
			file("/etc/systemd/system/containerd.service", "[Service]\nExecStart=/opt/standins/containerd\n"),
			file("/etc/systemd/system/kubelet.service.d/20-windows.conf", "[Service]\nExecStart=\n"+"ExecStart="+strings.Join(command, " ")+"\n"),
			file("/k/boot.sh", windowsScript),
		},
		"runcmd": [][]string{{"/bin/bash", "/k/boot.sh"}},
	})
	require.NoError(t, err)
	return append([]byte("#cloud-config\n"), document...)
}
