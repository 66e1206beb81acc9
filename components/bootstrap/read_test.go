package bootstrap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestDocumentsAreReadAsNodesReadThem(t *testing.T) {
	t.Parallel()
	documents := wideDocuments(t)
	documents["compressed.yaml"] = largest(t)["only master"]
	require.True(t, bootstrap.IsCompressed(documents["compressed.yaml"]))
	for name, document := range documents {
		plain, err := bootstrap.Unpack(document)
		require.NoError(t, err)
		require.Equal(t, unpacked(t, document), plain, name)
		files, err := bootstrap.Files(plain)
		if name[len(name)-4:] == ".ps1" {
			require.ErrorContains(t, err, "writes no files")
			continue
		}
		require.NoError(t, err)
		_, want := parse(t, document)
		require.Len(t, files, len(want))
		for _, f := range files {
			require.Equal(t, want[f.Path].Content, f.Content)
			require.Equal(t, want[f.Path].Permissions, f.Permissions)
		}
	}
}

func TestWhatIsNotADocumentIsRefused(t *testing.T) {
	t.Parallel()
	_, err := bootstrap.Unpack("\x1f\x8b but not gzip")
	require.ErrorContains(t, err, "unpack the custom data")
	_, err = bootstrap.Files("#cloud-config\n\t- x")
	require.ErrorContains(t, err, "read the custom data")
}
