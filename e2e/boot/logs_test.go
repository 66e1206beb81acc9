//go:build e2e && linux

package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
)

// logsVariable names a directory for the machines' logs. They hold no secrets.
const logsVariable = "HYBRIDCLUSTER_BOOT_LOGS"

// keepLogs copies a machine's logs if somebody wants them, or says where they
// would have been if the test has failed.
func (s *site) keepLogs(t *testing.T, m *machine.Machine) {
	t.Helper()
	dir := os.Getenv(logsVariable)
	if dir == "" {
		if t.Failed() {
			t.Logf("the end of %s's log:\n%s\n(%s=<directory> keeps all logs)", m.Name, tail(bootLog(m), 15), logsVariable)
		}
		return
	}
	dir = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "_"), m.Name)
	require.NoError(t, os.MkdirAll(dir, 0o750))
	paths, err := m.Files("/var/log/*.log", "/var/log/hybridcluster/*.log", "/var/log/pods/*/*/*.log")
	require.NoError(t, err)
	for _, path := range paths {
		content, err := m.Read(path)
		require.NoError(t, err)
		name := strings.ReplaceAll(strings.TrimPrefix(path, "/var/log/"), "/", "_")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
}
