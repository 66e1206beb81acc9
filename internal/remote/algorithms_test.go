package remote_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/remote"
	"github.com/hybridcluster/hybridcluster/internal/remote/remotetest"
)

// A server with keys of two kinds shows the one that the file has, whichever that is.
func TestKnownHostsChooseTheKindOfKey(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	file := rsaHostKey(t)
	server := remotetest.Start(t, k.Public, "HostKey "+file)
	rsa, err := os.ReadFile(file + ".pub")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		keys []string
		want string
	}{
		"ED25519 alone":  {[]string{server.HostKey.Public}, ""},
		"RSA alone":      {[]string{string(rsa)}, ""},
		"both":           {[]string{string(rsa), server.HostKey.Public}, ""},
		"another":        {[]string{remotetest.NewKey(t).Public}, "shows another host key"},
		"none of a kind": {[]string{"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU="}, "shows another host key"},
		"nothing":        {nil, "has no host key of m0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := filepath.Join(t.TempDir(), "known_hosts")
			var lines strings.Builder
			for _, key := range test.keys {
				lines.WriteString(knownhosts.Normalize(server.Address) + " " + strings.TrimSpace(key) + "\n")
			}
			write(t, known, lines.String())
			check, err := knownhosts.New(known)
			require.NoError(t, err)
			c := remote.Cluster{Stack: "demo", Access: sshaccess.Access{
				Entry:    sshaccess.Entry{Name: "m0", Address: server.Address, User: remotetest.Me(t)},
				HostKeys: map[string]string{"m0": k.Public},
			}}
			o := remote.Options{Credentials: remotetest.Credentials(t, k), KnownHosts: check}
			if test.want == "" {
				require.Equal(t, "0 x|", output(t, dial(t, c, "", o), "printf x", ""))
				return
			}
			route, err := c.Route("")
			require.NoError(t, err)
			_, err = remote.Dial(t.Context(), route, o)
			var refused *remote.KnownHostsError
			require.ErrorAs(t, err, &refused)
			require.ErrorContains(t, err, test.want)
		})
	}
}
