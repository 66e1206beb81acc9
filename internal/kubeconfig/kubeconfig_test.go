package kubeconfig_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/hybridcluster/hybridcluster/internal/kubeconfig"
)

// ours is a cluster's own kubeconfig, as the program gives it out.
const ours = `apiVersion: v1
kind: Config
clusters:
- name: demo
  cluster: {server: "https://demo.westeurope.cloudapp.azure.com:6443", certificate-authority-data: b3Vycw==}
users:
- name: demo-admin
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}
contexts:
- name: demo
  context: {cluster: demo, user: demo-admin}
current-context: demo
`

const others = `apiVersion: v1
kind: Config
preferences: {colors: true}
clusters:
- name: work
  cluster:
    server: https://work.example.com
    certificate-authority: certs/ca.crt
    extensions:
    - name: minikube.sigs.k8s.io
      extension: {provider: somebody, version: v1}
users:
- name: work
  user:
    client-certificate: certs/me.crt
    client-key: /absolute/me.key
- name: plugin
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: kubelogin, args: [get-token], interactiveMode: Never, provideClusterInfo: false}
contexts:
- name: work
  context: {cluster: work, user: work, namespace: team}
current-context: work
`

// Entries of our name, by others: without our mark.
const sameName = `apiVersion: v1
kind: Config
clusters:
- {name: hybridctl-dev, cluster: {server: "https://somebody.else"}}
users:
- {name: hybridctl-dev, user: {token: theirs}}
contexts:
- {name: hybridctl-dev, context: {cluster: hybridctl-dev, user: hybridctl-dev}}
current-context: ""
`

var dev = kubeconfig.Owner{Stack: "dev", Place: "here"}

// Whatever is in the files before, none of its entries is lost, and taking ours
// out again leaves what was there.
func TestMergeAndRemove(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files []string // contents; "-" for none
		setup func(t *testing.T, paths []string)
		// refused is part of the error of a merge that is refused.
		refused string
		into    int
	}{
		"missing":          {files: []string{"-"}},
		"missing folder":   {files: []string{"-"}, setup: func(t *testing.T, p []string) { t.Helper(); require.NoError(t, os.RemoveAll(filepath.Dir(p[0]))) }},
		"empty":            {files: []string{""}},
		"an empty config":  {files: []string{"apiVersion: v1\nkind: Config\n"}},
		"other clusters":   {files: []string{others}},
		"same by others":   {files: []string{sameName}, refused: "not this stack's"},
		"broken":           {files: []string{"clusters: [\n"}, refused: "no kubeconfig"},
		"another document": {files: []string{"apiVersion: v1\nkind: Pod\n"}, refused: "no kubeconfig"},
		"read-only":        {files: []string{others}, setup: chmod(0o400), refused: "read-only"},
		"mode kept":        {files: []string{others}, setup: chmod(0o640)},
		"two files":        {files: []string{others, "-"}},
		"first missing":    {files: []string{"-", others}, into: 1},
		"both missing":     {files: []string{"-", "-"}, into: 1},
		"second broken":    {files: []string{others, "\t{"}, refused: "no kubeconfig"},
		"same in second":   {files: []string{others, sameName}, refused: "not this stack's"},
		"symlink":          {files: []string{others}, setup: link},
		"two of a name":    {files: []string{strings.Replace(others, "- name: plugin", "- name: work", 1)}, refused: "no kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := write(t, tc.files)
			if tc.setup != nil {
				tc.setup(t, files)
			}
			before, entries := read(t, files), load(t, files, tc.refused)
			merged, err := files.Merge([]byte(ours), dev, kubeconfig.Options{SetContext: true})
			requireNoLocks(t, files)
			if tc.refused != "" {
				require.ErrorContains(t, err, tc.refused)
				require.Equal(t, before, read(t, files), "what is refused changes nothing")
				return
			}
			require.NoError(t, err)
			require.Equal(t, kubeconfig.Merged{File: files[tc.into], Context: "hybridctl-dev", Current: true}, merged)
			requireReaches(t, files)
			requireHolds(t, files, entries)

			again := read(t, files)
			_, err = files.Merge([]byte(ours), dev, kubeconfig.Options{})
			require.NoError(t, err, "renewing our own")
			require.Equal(t, again, read(t, files))

			removed, err := files.Remove(dev)
			require.NoError(t, err)
			require.Equal(t, []string{"hybridctl-dev"}, removed)
			requireHolds(t, files, entries)
			for _, c := range load(t, files, "") {
				require.NotContains(t, c.Contexts, "hybridctl-dev")
				require.NotContains(t, c.Clusters, "hybridctl-dev")
				require.NotContains(t, c.AuthInfos, "hybridctl-dev")
				require.NotEqual(t, "hybridctl-dev", c.CurrentContext)
			}
			requireNoLocks(t, files)
		})
	}
}

func TestForceAndNames(t *testing.T) {
	t.Parallel()
	files := write(t, []string{sameName})
	_, err := files.Merge([]byte(ours), dev, kubeconfig.Options{Name: "mine"})
	require.NoError(t, err)
	require.Equal(t, "theirs", load(t, files, "")[0].AuthInfos["hybridctl-dev"].Token)
	_, err = files.Merge([]byte(ours), dev, kubeconfig.Options{Force: true})
	require.NoError(t, err)
	removed, err := files.Remove(dev)
	require.NoError(t, err)
	require.Equal(t, []string{"hybridctl-dev", "mine"}, removed)
}

// The same stack name elsewhere is another cluster.
func TestAnotherPlace(t *testing.T) {
	t.Parallel()
	files := write(t, []string{others})
	_, err := files.Merge([]byte(ours), dev, kubeconfig.Options{})
	require.NoError(t, err)
	elsewhere := kubeconfig.Owner{Stack: "dev", Place: "there"}
	_, err = files.Merge([]byte(ours), elsewhere, kubeconfig.Options{})
	require.ErrorContains(t, err, "not this stack's")
	before := read(t, files)
	removed, err := files.Remove(elsewhere)
	require.NoError(t, err)
	require.Empty(t, removed)
	require.Equal(t, before, read(t, files))
}

// A cluster that was made anew has other certificates; its entry follows.
func TestRenewed(t *testing.T) {
	t.Parallel()
	files := write(t, []string{others})
	_, err := files.Merge([]byte(ours), dev, kubeconfig.Options{})
	require.NoError(t, err)
	require.Equal(t, "work", load(t, files, "")[0].CurrentContext, "nobody asked to switch")
	_, err = files.Merge([]byte(strings.ReplaceAll(ours, "b3Vycw==", "bmV3")), dev, kubeconfig.Options{})
	require.NoError(t, err)
	require.Equal(t, "new", string(load(t, files, "")[0].Clusters["hybridctl-dev"].CertificateAuthorityData))
}

// Of many at once none is lost.
func TestConcurrentMerges(t *testing.T) {
	t.Parallel()
	files := write(t, []string{others})
	ended := make(chan error)
	const many = 8
	for i := range many {
		go func() {
			owner := kubeconfig.Owner{Stack: string(rune('a' + i)), Place: "here"}
			_, err := files.Merge([]byte(ours), owner, kubeconfig.Options{})
			ended <- err
		}()
	}
	for range many {
		require.NoError(t, <-ended)
	}
	require.Len(t, load(t, files, "")[0].Contexts, many+1)
}

func TestDefault(t *testing.T) {
	t.Parallel()
	list := string(filepath.ListSeparator)
	for kubeconfigVar, want := range map[string]kubeconfig.Files{
		"":                               {filepath.Join("/home/me", ".kube", "config")},
		"/a":                             {"/a"},
		"/a" + list + "/b" + list + "/a": {"/a", "/b"},
		list + "/b":                      {"/b"},
	} {
		files, err := kubeconfig.Default(func(n string) string {
			return map[string]string{"KUBECONFIG": kubeconfigVar, "HOME": "/home/me"}[n]
		})
		require.NoError(t, err)
		require.Equal(t, want, files, kubeconfigVar)
	}
	_, err := kubeconfig.Default(func(string) string { return "" })
	require.ErrorContains(t, err, "KUBECONFIG")
}

func chmod(mode os.FileMode) func(*testing.T, []string) {
	return func(t *testing.T, paths []string) {
		t.Helper()
		require.NoError(t, os.Chmod(paths[0], mode))
		t.Cleanup(func() {
			if info, err := os.Stat(paths[0]); err == nil {
				require.Equal(t, mode, info.Mode().Perm())
			}
		})
	}
}

// link makes the file a link to one in another folder.
func link(t *testing.T, paths []string) {
	t.Helper()
	real := filepath.Join(t.TempDir(), "real")
	require.NoError(t, os.Rename(paths[0], real))
	require.NoError(t, os.Symlink(real, paths[0]))
	t.Cleanup(func() {
		target, err := os.Readlink(paths[0])
		require.NoError(t, err)
		require.Equal(t, real, target)
	})
}

func write(t *testing.T, contents []string) kubeconfig.Files {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kube")
	require.NoError(t, os.Mkdir(dir, 0o700))
	var files kubeconfig.Files
	for i, content := range contents {
		path := filepath.Join(dir, "config"+string(rune('0'+i)))
		files = append(files, path)
		if content != "-" {
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		}
	}
	return files
}

func read(t *testing.T, files kubeconfig.Files) []string {
	t.Helper()
	var all []string
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			data = []byte("-")
		}
		all = append(all, string(data))
	}
	return all
}

// load reads the files by themselves. Those of a refused merge may be broken.
func load(t *testing.T, files kubeconfig.Files, refused string) []*clientcmdapi.Config {
	t.Helper()
	var all []*clientcmdapi.Config
	for _, path := range files {
		c, err := clientcmd.LoadFromFile(path)
		if os.IsNotExist(err) || refused != "" {
			c, err = clientcmdapi.NewConfig(), nil
		}
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

// requireHolds wants every entry of before to be there still, in the same file.
func requireHolds(t *testing.T, files kubeconfig.Files, before []*clientcmdapi.Config) {
	t.Helper()
	for i, now := range load(t, files, "") {
		for name, v := range before[i].Clusters {
			require.Equal(t, v, now.Clusters[name])
		}
		for name, v := range before[i].AuthInfos {
			require.Equal(t, v, now.AuthInfos[name])
		}
		for name, v := range before[i].Contexts {
			require.Equal(t, v, now.Contexts[name])
		}
		require.Equal(t, before[i].Preferences, now.Preferences)
	}
}

// requireReaches wants kubectl to find our cluster as the current one.
func requireReaches(t *testing.T, files kubeconfig.Files) {
	t.Helper()
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: files}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	require.NoError(t, err)
	require.Equal(t, "https://demo.westeurope.cloudapp.azure.com:6443", config.Host)
	require.Equal(t, []byte("key"), config.KeyData)
	require.Equal(t, []byte("ours"), config.CAData)
}

func requireNoLocks(t *testing.T, files kubeconfig.Files) {
	t.Helper()
	for _, path := range files {
		require.NoFileExists(t, path+".lock")
	}
}
