package remote_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/remote"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func dial(t *testing.T, c remote.Cluster, node string, o remote.Options) *remote.Client {
	t.Helper()
	route, err := c.Route(node)
	require.NoError(t, err)
	client, err := remote.Dial(t.Context(), route, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// output runs a command and gives what it printed and how it ended.
func output(t *testing.T, c *remote.Client, command, input string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code, err := c.Run(t.Context(), command, remote.Streams{In: strings.NewReader(input), Out: &out, Err: &errs}, nil)
	require.NoError(t, err)
	return fmt.Sprintf("%d %s|%s", code, out.String(), errs.String())
}

func pemText(block *pem.Block) string { return string(pem.EncodeToMemory(block)) }
