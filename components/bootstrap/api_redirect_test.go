package bootstrap_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"encoding/pem"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const redirectScript = "/usr/local/lib/hybridcluster/api-redirect.sh"

// The masters behind an internal load balancer, and no others, get what leads them
// past it.
func TestMastersBehindAnInternalLoadBalancerAreLedPastIt(t *testing.T) {
	t.Parallel()
	private, err := bootstrap.ControlPlane(threeMasters(), master(), pki(), cloud())
	require.NoError(t, err)
	_, files := parse(t, private)
	require.Contains(t, files, redirectScript)
	require.Equal(t, "0755", files[redirectScript].Permissions)
	unit := files["/etc/systemd/system/hybridcluster-api-redirect.service"].Content
	require.Contains(t, unit, "ExecStart="+redirectScript+"\n")
	require.Contains(t, unit, "Restart=always\n")
	require.Contains(t, files["/usr/local/lib/hybridcluster/bootstrap.sh"].Content, "run_steps redirect_own_api")

	open := threeMasters()
	open.EndpointIP = ""
	public, err := bootstrap.ControlPlane(open, master(), pki(), cloud())
	require.NoError(t, err)
	_, files = parse(t, public)
	require.NotContains(t, files, redirectScript)
}

// TestTheRedirectFollowsTheOwnAPIServer runs the script against an API server that
// fails in the middle, with an iptables that writes down what it is told.
func TestTheRedirectFollowsTheOwnAPIServer(t *testing.T) {
	t.Parallel()
	need(t, "bash")
	need(t, "curl")
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), mode))
	}
	var well atomic.Bool
	asked := make(chan bool, 1000)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok := well.Load()
		if r.URL.Path != "/readyz" || !ok {
			w.WriteHeader(http.StatusInternalServerError)
		}
		asked <- ok
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	write("ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o600)
	write("bootstrap.env", "ENDPOINT='example.com'\nENDPOINT_IP='10.240.255.100'\n", 0o600)
	write("redirect.sh", scriptOf(t, redirectScript), 0o700)
	rules := filepath.Join(dir, "rules")
	write("iptables", "#!/bin/bash\nprintf '%s\\n' \"$*\" >>'"+rules+"'\n[[ $* != *' -C '* ]]\n", 0o700)

	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "bash", filepath.Join(dir, "redirect.sh"))
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "ETC_DIR="+dir, "CA_FILE="+filepath.Join(dir, "ca.crt"),
		"API_PORT="+address.Port(), "PROBE_DELAY=0.05")
	cmd.WaitDelay = time.Second
	require.NoError(t, cmd.Start())
	// Two answers of a kind: what follows the first has been done when the second comes.
	until := func(want bool) string {
		for n := 0; n < 2; {
			if <-asked == want {
				n++
			}
		}
		data, err := os.ReadFile(rules)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(rules, nil, 0o600))
		return string(data)
	}
	way := "-w -t nat -A HYBRIDCLUSTER-API -d 10.240.255.100/32 -p tcp -m tcp --dport " + address.Port() + " -j REDIRECT --to-ports " + address.Port()
	require.NotContains(t, until(false), way, "an API server that is not well gets nothing")
	well.Store(true)
	led := until(true)
	for _, line := range []string{"-w -t nat -N HYBRIDCLUSTER-API", "-w -t nat -A OUTPUT -j HYBRIDCLUSTER-API", "-w -t nat -A PREROUTING -j HYBRIDCLUSTER-API", way} {
		require.Contains(t, led, line+"\n")
	}
	well.Store(false)
	require.Contains(t, until(false), "-w -t nat -F HYBRIDCLUSTER-API\n")
	cancel()
	_ = cmd.Wait()

	stop := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "redirect.sh"), "stop")
	stop.Env = cmd.Env
	require.NoError(t, stop.Run())
	data, err := os.ReadFile(rules)
	require.NoError(t, err)
	require.Contains(t, strings.TrimSpace(string(data)), "-F HYBRIDCLUSTER-API")
}

// scriptOf is a script of a master of a private cluster.
func scriptOf(t *testing.T, path string) string {
	t.Helper()
	document, err := bootstrap.ControlPlane(threeMasters(), master(), pki(), cloud())
	require.NoError(t, err)
	_, files := parse(t, document)
	return files[path].Content
}
