package bootstrap_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cloudinitModule stands for cloud-init's data source: the pickle needs a class.
const cloudinitModule = `
class DataSource:
    def __init__(self):
        self.userdata_raw = open("document", "rb").read()
        self.userdata = self.userdata_raw.decode()
        self.metadata = {"instance-id": "kept"}
`

func TestScrubRemovesEveryCopy(t *testing.T) {
	t.Parallel()
	python := need(t, "python3")
	document := documents(t)["control-plane.yaml"]
	_, files := parse(t, document)
	dir := t.TempDir()
	write := func(path, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), []byte(content), 0o644))
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), python, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PYTHONPATH="+dir, "CLOUD_DIR="+dir+"/cloud", "CLOUD_RUN_DIR="+dir+"/run", "WAAGENT_DIR="+dir+"/waagent", "DISC_DRIVES="+dir+"/drives/*")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	instance := "cloud/instances/abc/"
	write("scrub.py", files["/usr/local/lib/hybridcluster/scrub.py"].Content)
	write("document", document)
	write("source.py", cloudinitModule)
	for _, name := range []string{"user-data.txt", "user-data.txt.i", "cloud-config.txt"} {
		write(instance+name, document)
	}
	write(instance+"vendor-data.txt", "kept")
	write("waagent/ovf-env.xml", "<a><ns1:UserName>kept</ns1:UserName><ns1:CustomData>"+strings.Repeat("c2VjcmV0", 10)+"</ns1:CustomData><b/></a>")
	write("run/combined-cloud-config.json", `{"write_files": [{"content": "/usr/local/lib/hybridcluster/bootstrap.sh"}], "datasource": "kept"}`)
	write("run/instance-data-sensitive.json", `{"ds": {"meta_data": "kept"}, "userdata": "ci-b64:`+base64.StdEncoding.EncodeToString([]byte(largest(t)["only master"]))+`"}`)
	write("run/status.json", `{"userdata": "no copy, not touched"}`)
	out, err := run("-c", `import pickle, source; pickle.dump(source.DataSource(), open("`+instance+`obj.pkl", "wb"))`)
	require.NoError(t, err, out)

	out, err = run("scrub.py")
	require.NoError(t, err, out)
	require.NoError(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		name := filepath.Base(path)
		if info.IsDir() || name == "document" || name == "scrub.py" {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, secret := range []string{fakeToken, "PRIVATE KEY", "c2VjcmV0", "bootstrap.sh", "H4sI"} {
			require.NotContains(t, string(data), secret, path)
		}
		return nil
	}))
	for path, want := range map[string]string{
		instance + "obj.pkl": "kept", instance + "vendor-data.txt": "kept", instance + "cloud-config.txt": "#cloud-config",
		"waagent/ovf-env.xml": "<ns1:UserName>kept</ns1:UserName><ns1:CustomData></ns1:CustomData><b/>", "run/combined-cloud-config.json": "kept",
		"run/status.json": "not touched", "run/instance-data-sensitive.json": `{"ds": {"meta_data": "kept"}}`,
	} {
		data, err := os.ReadFile(filepath.Join(dir, path))
		require.NoError(t, err)
		require.Contains(t, string(data), want)
	}

	// A copy that cannot be cleaned is said, and the others go all the same.
	write(instance+"obj.pkl", "no pickle")
	write(instance+"user-data.txt", document)
	out, err = run("scrub.py")
	require.Error(t, err)
	require.Contains(t, out, "obj.pkl")
	data, err := os.ReadFile(filepath.Join(dir, instance, "user-data.txt"))
	require.NoError(t, err)
	require.Empty(t, data)
}
