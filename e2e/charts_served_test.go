//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
)

// serveCharts serves the charts in testdata in the place of those of the same name,
// at the versions that the program installs and under the hosts of their
// repositories. It returns what leads a program there: a proxy, and the certificate
// to believe. Nothing else is in reach through that proxy.
func serveCharts(t *testing.T) (env []string) {
	t.Helper()
	releases := apimodel.Releases()
	release := releases[slices.IndexFunc(releases, func(r apimodel.Release) bool { return r.Minor == apimodel.DefaultRelease })]
	files := map[string][]byte{} // by host and path
	for _, a := range addons.Artifacts(release, true, addons.AllOptions()) {
		name, version, _ := strings.Cut(a.Name, " ")
		dir := filepath.Join("testdata", "charts", name)
		if _, err := os.Stat(dir); a.Kind != bootstrap.Chart || err != nil {
			continue
		}
		at, err := url.Parse(a.URL)
		require.NoError(t, err)
		archive := name + "-" + version + ".tgz"
		index, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "entries": map[string]any{
			name: []any{map[string]any{"apiVersion": "v2", "name": name, "version": version, "urls": []any{archive}}},
		}})
		require.NoError(t, err)
		files[at.Host+path.Join("/", at.Path, "index.yaml")] = index
		files[at.Host+path.Join("/", at.Path, archive)] = pack(t, dir, name, version)
	}
	require.NotEmpty(t, files)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[r.Host+path.Clean(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	var hosts []string
	for file := range files {
		host, _, _ := strings.Cut(file, "/")
		hosts = append(hosts, host)
	}
	certificate, authority := certificateFor(t, hosts)
	server.TLS = certificate
	server.StartTLS()
	t.Cleanup(server.Close)
	trusted := filepath.Join(t.TempDir(), "authority.pem")
	require.NoError(t, os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority}), 0o600))
	return []string{"HTTPS_PROXY=" + proxyTo(t, server.Listener.Addr().String(), hosts), "NO_PROXY=", "SSL_CERT_FILE=" + trusted}
}

// pack makes a chart's archive. Calico's chart brings its resource types along.
func pack(t *testing.T, dir, name, version string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	add := func(file string, data []byte) {
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: path.Join(name, file), Mode: 0o644, Size: int64(len(data))}))
		_, err := archive.Write(data)
		require.NoError(t, err)
	}
	meta, err := yaml.Marshal(map[string]any{"apiVersion": "v2", "name": name, "version": version})
	require.NoError(t, err)
	add("Chart.yaml", meta)
	require.NoError(t, filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, file)
		add(filepath.ToSlash(relative), data)
		return err
	}))
	if name == "tigera-operator" {
		for _, crd := range controllers.CalicoCRDs() {
			data, err := yaml.Marshal(crd.Object)
			require.NoError(t, err)
			add("crds/"+crd.GetName()+".yaml", data)
		}
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zipped.Close())
	return out.Bytes()
}

// proxyTo is a proxy that leads some hosts to an address and refuses all others.
func proxyTo(t *testing.T, address string, hosts []string) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || r.Method != http.MethodConnect || !slices.Contains(hosts, host) {
			t.Errorf("somebody asked for %s %s", r.Method, r.Host)
			http.Error(w, "not here", http.StatusForbidden)
			return
		}
		relay(r.Context(), w, address)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// relay joins a client's connection with one to an address.
func relay(ctx context.Context, w http.ResponseWriter, address string) {
	there, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = here.Close() }()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{here, there}, {there, here}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
}
