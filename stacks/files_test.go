package stacks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

func TestFileReaderRefusesWhatNoMachineTakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, size int) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("a", size)), 0o600))
	}
	write("largest", 64<<10)
	write("larger", 64<<10+1)
	read := stacks.FileReader(dir)
	data, err := read("largest")
	require.NoError(t, err)
	require.Len(t, data, 64<<10)
	for path, want := range map[string]string{
		"larger": "is larger than the 64 KiB", "none": "no such file", ".": "is no regular file", os.DevNull: "is no regular file",
	} {
		_, err := read(path)
		require.ErrorContains(t, err, want)
	}
}

func TestReadConfigReadsFilesBesideTheDefinition(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "clusters"), 0o700))
	for name, content := range map[string]string{"a.json": "{}", "audit.yaml": "there"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, "clusters", name), []byte(content), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "audit.yaml"), []byte("here"), 0o600))
	for definition, want := range map[string]string{"clusters/a.json": "there", filepath.Join(root, "clusters", "a.json"): "there", "{}": "here"} {
		c, err := stacks.ReadConfig(root, func(key string) (string, bool) { return definition, key == stacks.KeyDefinition })
		require.NoError(t, err)
		data, err := c.Source.ReadFile("audit.yaml")
		require.NoError(t, err)
		require.Equal(t, want, string(data), definition)
	}
}
