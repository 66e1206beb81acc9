package bootstrap_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestOptionsOfALinuxNode(t *testing.T) {
	t.Parallel()
	m := newMachine(t, changedNode(t, func(n *bootstrap.Node) {
		*n = everythingNode()
		n.Scripts = nil
		n.Sysctls["net.netfilter.nf_conntrack_max"] = "262144"
	}), map[string]string{
		// Another run holds the lock at first.
		"unattended-upgrade": `touch "$REBOOT_REQUIRED"; [[ $(grep -c "^unattended-upgrade" "$CALLS") == 2 ]]`,
	})
	m.write(t, "/run/other", "")
	require.Equal(t, 0, m.boot(t))
	order(t, m.read(t, "/calls"),
		"systemctl restart systemd-resolved.service",
		"modprobe nf_conntrack", "sysctl --quiet --load "+m.path("/etc/sysctl.d/95-hybridcluster.conf"),
		"systemctl disable --now apt-daily.timer apt-daily-upgrade.timer", "systemctl disable --now unattended-upgrades.service",
		"install unattended-upgrades", "unattended-upgrade", "unattended-upgrade",
		"install auditd", "systemctl enable --now auditd.service", "kubeadm join")
	require.Equal(t, "[Resolve]\nDNS=10.1.0.53\nDomains=~. corp.example.com\n", m.read(t, "/etc/systemd/resolved.conf.d/hybridcluster.conf"))
	require.Equal(t, "net.core.somaxconn = 16384\nnet.ipv4.tcp_rmem = 4096 87380 6291456\nnet.netfilter.nf_conntrack_max = 262144\n",
		m.read(t, "/etc/sysctl.d/95-hybridcluster.conf"))
	require.Equal(t, "overlay\nbr_netfilter\nnf_conntrack\n", m.read(t, "/etc/modules-load.d/hybridcluster.conf"), "or the setting is lost at the next start")
	require.Contains(t, m.read(t, "/etc/apt/apt.conf.d/99hybridcluster"), `APT::Periodic::Unattended-Upgrade "0";`)
	require.NotContains(t, m.calls(t, "systemctl"), "start apt-daily.timer apt-daily-upgrade.timer", "they stay off")
	require.Contains(t, m.read(t, logFile), "only after a restart")
	require.Contains(t, m.read(t, "/etc/motd"), "\n\ttabs\n")
}

func TestPlainNodeRunsNoOptions(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], nil)
	require.Equal(t, 0, m.boot(t))
	journal := m.read(t, "/calls")
	for _, never := range []string{"auditd", "unattended", "systemd-resolved", "openssl", "95-hybridcluster", "conntrack\n", "disable"} {
		require.NotContains(t, journal, never)
	}
	require.Equal(t, "127.0.0.1 localhost\n", m.read(t, "/etc/hosts"))
}

func TestUpdatesThatNeverComeFailTheBootstrap(t *testing.T) {
	t.Parallel()
	m := newMachine(t, changedNode(t, func(n *bootstrap.Node) { n.UpgradeAtBoot = true }), map[string]string{"unattended-upgrade": "exit 1"})
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, failure), "step upgrade_packages failed")
}

func TestWorkerOfAPrivateClusterKnowsTheEndpoint(t *testing.T) {
	t.Parallel()
	m := newMachine(t, wideDocuments(t)["private-linux-node.yaml"], map[string]string{
		"kubeadm": `[[ $1 != join ]] || grep -qx "10.240.255.100 ` + endpointName + `" "$HOSTS_FILE"`,
	})
	m.write(t, "/etc/hosts", "127.0.0.1 localhost\n# kept\n10.9.9.9 "+endpointName+"\n")
	require.Equal(t, 0, m.boot(t))
	require.Equal(t, "127.0.0.1 localhost\n# kept\n10.240.255.100 "+endpointName+"\n", m.read(t, "/etc/hosts"))
}

func TestInstanceOfAScaleSetHasItsComputersName(t *testing.T) {
	t.Parallel()
	m := newMachine(t, wideDocuments(t)["linux-scale-set.yaml"], map[string]string{
		"uname":   "echo Pool-vmss00000A",
		"kubectl": `[[ $* == *"get node pool-vmss00000a "* ]]`,
	})
	require.Equal(t, 0, m.boot(t))
	require.NotEmpty(t, m.calls(t, "kubectl"))
}

// scripted is a machine with three scripts. Each writes down how it was called, and the
// last one does something more.
func scripted(t *testing.T, last string) machine {
	t.Helper()
	return scriptedWith(t, "", last)
}

func scriptedWith(t *testing.T, first, last string) machine {
	t.Helper()
	body := func(name, more string) string {
		return `[[ ${BASH_SOURCE[0]} == "$0" && $(basename "$PWD") == *` + name + ` ]] || exit 9
echo "script ` + name + ` $# $1 $2" >>"$CALLS"; tr '\0' ' ' </proc/$$/cmdline >>"$CALLS.lines"; echo "printed $1"` + "\n" + more
	}
	served := map[string]string{"first": body("first", first), "second": body("second", ""), "third": body("third", last)}
	m := newMachine(t, changedNode(t, func(n *bootstrap.Node) {
		n.Scripts = scripts("second", "third", "first")
		n.Scripts[1].BeforeJoin, n.Scripts[0].BeforeJoin = false, false
		for i, s := range n.Scripts {
			sum := sha256.Sum256([]byte(served[s.Name]))
			n.Scripts[i].SHA256 = strings.ToUpper(hex.EncodeToString(sum[:]))
		}
	}), map[string]string{"curl": `if [[ $* == *"--config -"* ]]; then
		config=$(cat); [[ $config == 'url = "https://example.com/'*'?` + fakeSignature + `"' ]] || exit 3
		name=${config##*/}; while (($#)); do case $1 in --output) out=$2 ;; esac; shift; done
		cp "$CALLS.d/${name%%.sh*}" "$out"; exit
	fi` + "\n" + curlFake})
	for name, text := range served {
		m.write(t, "/calls.d/"+name, text)
	}
	return m
}

func TestScriptsRunBeforeAndAfterTheJoin(t *testing.T) {
	t.Parallel()
	m := scripted(t, "")
	require.Equal(t, 0, m.boot(t))
	journal := m.read(t, "/calls")
	order(t, journal, "script first 2 --password fake-parameter", "swapoff", "kubeadm join", "kubectl", "script second 2 --password fake-parameter", "script third 2")
	require.NotContains(t, journal, fakeSignature, "no command line holds it")
	for _, secret := range []string{fakeSignature, "fake-parameter", "example.com/"} {
		require.NotContains(t, m.read(t, logFile), secret)
		require.NotContains(t, m.read(t, "/calls.lines"), secret)
	}
	output := "/var/log/hybridcluster/script-02-first.log"
	require.Equal(t, "printed --password\n", m.read(t, output))
	info, err := os.Stat(m.path(output))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoDirExists(t, m.path("/etc/hybridcluster/scripts"))
	require.NoDirExists(t, m.path("/var/lib/hybridcluster/scripts"))
}

func TestScriptThatFailsFailsTheBootstrap(t *testing.T) {
	t.Parallel()
	m := scripted(t, `[[ -e "$CALLS.mended" ]] || exit 3`)
	require.Equal(t, 3, m.boot(t))
	require.Contains(t, m.read(t, failure), "step script third failed with exit code 3")
	require.Empty(t, m.read(t, success))

	// A second try, once the reason is gone, goes on with that script.
	m.write(t, "/calls.mended", "")
	require.Equal(t, 0, m.boot(t))
	for name, times := range map[string]int{"first": 1, "second": 1, "third": 2} {
		require.Equal(t, times, strings.Count(m.read(t, "/calls"), "script "+name+" "), name)
	}
	require.Equal(t, 1, strings.Count(m.read(t, "/calls"), "kubeadm join"))
}

func TestScriptWithAnotherDigestIsNotRun(t *testing.T) {
	t.Parallel()
	m := scripted(t, "")
	m.write(t, "/calls.d/first", `echo evil >>"$CALLS"`)
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, failure), "step script first failed")
	require.NotContains(t, m.read(t, "/calls"), "evil")
	require.Contains(t, m.read(t, logFile), "script first has the SHA-256")
	require.NotContains(t, m.read(t, logFile), fakeSignature)
}

func TestSecretIsReadBeforeTheClusterIsMade(t *testing.T) {
	t.Parallel()
	document, err := bootstrap.ControlPlane(cluster(), master(), pki(), vaulted())
	require.NoError(t, err)
	m := newMachine(t, document, map[string]string{
		"python3": `[[ $1 != *keyvault.py ]] || [[ $CLIENT_SECRET_URL == https://demo-vault.vault.azure.net/* && $AZURE_JSON == *azure.json &&
			$(grep -c "^python3.*keyvault" "$CALLS") == 6 ]]`,
	})
	require.Equal(t, 0, m.boot(t), "it is tried more often than downloads are")
	order(t, m.read(t, "/calls"), "keyvault.py", "keyvault.py", "kubeadm init")

	m = newMachine(t, document, map[string]string{"python3": "exit 1"})
	require.NotEqual(t, 0, m.boot(t, "SECRET_RETRIES=2"))
	require.Contains(t, m.read(t, failure), "step read_client_secret failed")
	require.NotContains(t, m.read(t, "/calls"), "kubeadm init")
}

// azureService answers as the metadata service and as a key vault.
func azureService(t *testing.T, vault http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/metadata/identity/oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Header.Get("Metadata") != "true" || q.Get("resource") != "https://vault.azure.net" || q.Get("client_id") != "some-identity" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"access_token": "fake-access-token", "token_type": "Bearer"}`)
	})
	mux.HandleFunc("/secrets/", vault)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestKeyVaultCompletesAzureJSON(t *testing.T) {
	t.Parallel()
	python := need(t, "python3")
	document, err := bootstrap.ControlPlane(cluster(), master(), pki(), vaulted())
	require.NoError(t, err)
	_, files := parse(t, document)
	require.NotContains(t, files["/etc/kubernetes/azure.json"].Content, "aadClientSecret")
	for name, c := range map[string]struct {
		status int
		answer string
		want   string // in what it prints when it fails
	}{
		"a secret":     {http.StatusOK, `{"value": "` + fakeSecret + `", "id": "x"}`, ""},
		"no right yet": {http.StatusForbidden, `{"error": {"code": "Forbidden", "message": "hidden"}}`, "HTTP 403 (Forbidden)"},
		"no JSON":      {http.StatusBadGateway, `hidden`, "HTTP 502 (no code)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := azureService(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer fake-access-token" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			})
			path := filepath.Join(t.TempDir(), "azure.json")
			require.NoError(t, os.WriteFile(path, []byte(files["/etc/kubernetes/azure.json"].Content), 0o600))
			cmd := exec.CommandContext(t.Context(), python, "-c", files["/usr/local/lib/hybridcluster/keyvault.py"].Content)
			cmd.Env = append(os.Environ(), "METADATA_URL="+server.URL, "AZURE_JSON="+path, "CLIENT_SECRET_IDENTITY=some-identity",
				"CLIENT_SECRET_URL="+server.URL+"/secrets/sp-secret?api-version=7.4")
			out, err := cmd.CombinedOutput()
			require.Equal(t, c.want == "", err == nil, string(out))
			require.Contains(t, string(out), c.want)
			for _, secret := range []string{fakeSecret, "fake-access-token", "hidden"} {
				require.NotContains(t, string(out), secret)
			}
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			var config map[string]any
			require.NoError(t, json.Unmarshal(data, &config))
			require.Equal(t, "vmss", config["vmType"])
			if c.want == "" {
				require.Equal(t, fakeSecret, config["aadClientSecret"])
			} else {
				require.NotContains(t, config, "aadClientSecret")
			}
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		})
	}
}
