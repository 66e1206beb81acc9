package target

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPruneLogsKeepsTheNewest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 5 {
		path := filepath.Join(dir, strconv.Itoa(i)+".log")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		written := time.Unix(int64(1000+i), 0)
		require.NoError(t, os.Chtimes(path, written, written))
	}
	pruneLogs(dir, 2)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "3.log"), filepath.Join(dir, "4.log")}, left)
	pruneLogs(filepath.Join(dir, "absent"), 2)
}
