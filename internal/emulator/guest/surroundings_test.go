package guest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// written is a #cloud-config that writes the files and joins by a script.
func written(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("#cloud-config\nwrite_files:\n")
	for name, content := range files {
		quoted, err := json.Marshal(content)
		require.NoError(t, err)
		fmt.Fprintf(&b, "- {path: %s, content: %s}\n", name, quoted)
	}
	b.WriteString("runcmd:\n- [bash, /opt/run.sh]\n")
	return []byte(b.String())
}

func TestHostsOfLinux(t *testing.T) {
	t.Parallel()
	const reads = ": \"${HOSTS:=/etc/hosts}\"\n"
	tests := map[string]struct {
		script string
		files  map[string]string
		want   map[string]string
	}{
		"none":           {reads, nil, nil},
		"hosts file":     {"", map[string]string{"/etc/hosts": "# ours\n10.0.0.9 API.example.com api # here\nbad line\n"}, map[string]string{"api.example.com": "10.0.0.9", "api": "10.0.0.9"}},
		"settings":       {reads, map[string]string{"/etc/c/boot.env": "ENDPOINT=api.example.com\nENDPOINT_IP='10.0.0.9'\n"}, map[string]string{"api.example.com": "10.0.0.9"}},
		"other name":     {reads, map[string]string{"/etc/c/boot.env": "export API_ENDPOINT=\"api.example.com\"\nENDPOINT_IP=10.0.0.9\n"}, map[string]string{"api.example.com": "10.0.0.9"}},
		"nobody reads":   {"", map[string]string{"/etc/c/boot.env": "ENDPOINT=api.example.com\nENDPOINT_IP=10.0.0.9\n"}, nil},
		"no address":     {reads, map[string]string{"/etc/c/boot.env": "ENDPOINT=api.example.com\nENDPOINT_IP=''\n"}, nil},
		"the first file": {reads, map[string]string{"/etc/c/boot.env": "ENDPOINT=api.example.com\nENDPOINT_IP=10.0.0.9\n", "/etc/c/z.env": "ENDPOINT_IP=10.0.0.1\n"}, map[string]string{"api.example.com": "10.0.0.9"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"/opt/run.sh": test.script + "kubeadm join --config /run/join.yaml\n", "/run/join.yaml": join}
			maps.Copy(files, test.files)
			plan := guest.Read(guest.Linux, "Computer", written(t, files))
			require.Equal(t, world.PlanJoin, plan.Action, plan.Problem)
			require.Equal(t, test.want, plan.Hosts)
		})
	}
}

func TestCloudConfigurationOfLinux(t *testing.T) {
	t.Parallel()
	const env = "CLIENT_SECRET_URL='https://kv.vault.azure.net/secrets/s'\nCLIENT_SECRET_IDENTITY='id'\n"
	for name, test := range map[string]struct{ config, vmType, url string }{
		"identity":     {`{"vmType": "vmss", "userAssignedIdentityID": "id"}`, "vmss", "https://kv.vault.azure.net/secrets/s"},
		"empty secret": {`{"vmType": "standard", "aadClientId": "app", "aadClientSecret": ""}`, "standard", "https://kv.vault.azure.net/secrets/s"},
		"secret":       {`{"vmType": "standard", "aadClientId": "app", "aadClientSecret": "s3cret"}`, "standard", ""},
		"no JSON":      {"vmType: vmss", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := guest.Read(guest.Linux, "Computer", written(t, map[string]string{
				"/opt/run.sh": "kubeadm join --config /run/join.yaml\n", "/run/join.yaml": join,
				"/etc/kubernetes/azure.json": test.config, "/etc/c/boot.env": env,
			}))
			require.Equal(t, test.vmType, plan.VMType)
			require.Equal(t, test.url, plan.SecretURL)
			data, err := json.Marshal(plan)
			require.NoError(t, err)
			require.NotContains(t, string(data), "s3cret")
		})
	}
}

func TestHostsOfWindows(t *testing.T) {
	t.Parallel()
	script := func(table, hosts string) []byte {
		return []byte("$Settings = @{\r\n" + table + "}\r\n$HostsFile = \"$env:SystemRoot\\" + hosts + "\"\r\n$c = @'\r\n" + join + "\r\n'@\r\n& C:\\k\\kubeadm.exe join\r\n")
	}
	const file = `System32\drivers\etc\hosts`
	want := map[string]string{"api.example.com": "10.0.0.9"}
	for name, test := range map[string]struct {
		table, file string
		want        map[string]string
	}{
		"both":       {"    'Endpoint' = 'API.example.com'\r\n    'EndpointIP' = '10.0.0.9'\r\n", file, want},
		"aligned":    {"    'Endpoint'   = 'API.example.com'\r\n    'EndpointIP' = '10.0.0.9'\r\n", file, want},
		"no address": {"    'Endpoint' = 'API.example.com'\r\n    'EndpointIP' = ''\r\n", file, nil},
		"no name":    {"    'EndpointIP' = '10.0.0.9'\r\n", file, nil},
		"no file":    {"    'Endpoint' = 'API.example.com'\r\n    'EndpointIP' = '10.0.0.9'\r\n", "hosts.txt", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := guest.Read(guest.Windows, "win", script(test.table, test.file))
			require.Equal(t, world.PlanJoin, plan.Action, plan.Problem)
			require.Equal(t, test.want, plan.Hosts)
		})
	}
}
