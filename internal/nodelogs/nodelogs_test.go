package nodelogs_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/hybridcluster/hybridcluster/internal/nodelogs"
	"github.com/hybridcluster/hybridcluster/internal/remote"
	"github.com/hybridcluster/hybridcluster/internal/remote/remotetest"
)

const (
	privateKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIEplanted\nlines\n-----END RSA PRIVATE KEY-----"
	planted    = "planted-stack-secret"
)

// programs is a folder with a sudo that answers for journalctl and tail.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sudo"), []byte(`#!/bin/sh
case "$*" in
*bootstrap.log) echo "step join_cluster"; echo "token: abcdef.0123456789abcdef `+planted+`" ;;
*kubelet*) echo "kubelet says"; printf '%b\n' '`+strings.ReplaceAll(privateKey, "\n", `\n`)+`' ;;
*waagent.log) echo "tail: cannot open: planted-stack-secret" >&2; exit 1 ;;
*) echo "called: $*" ;;
esac
`), 0o755))
	return dir
}

// logger is a cluster of two machines whose logs can be read.
func logger(t *testing.T) func(context.Context, string) (nodelogs.Shell, error) {
	t.Helper()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public, "SetEnv PATH="+programs(t)+":/usr/bin:/bin")
	creds := remotetest.Credentials(t, k)
	return func(ctx context.Context, node string) (nodelogs.Shell, error) {
		route, err := c.Route(node)
		if err != nil {
			return nil, err
		}
		return remote.Dial(ctx, route, remote.Options{Credentials: creds})
	}
}

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func read(t *testing.T, dir, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	require.NoError(t, err)
	return string(data)
}

func find(t *testing.T, index nodelogs.Index, file string) nodelogs.Item {
	t.Helper()
	for _, item := range index.Items {
		if item.File == file {
			return item
		}
	}
	t.Fatalf("%s is not in the index: %+v", file, index.Items)
	return nodelogs.Item{}
}

// noSecrets reads everything that was written.
func noSecrets(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{planted, "abcdef.0123456789abcdef", "MIIEplanted", "PRIVATE KEY"} {
			require.NotContains(t, string(data), secret, path)
		}
		return err
	}))
}

func TestOverSSH(t *testing.T) {
	t.Parallel()
	login := logger(t)
	dir := filepath.Join(t.TempDir(), "logs")
	index, err := nodelogs.Collect(t.Context(), nodelogs.Options{
		Stack: "demo", Dir: dir, Nodes: []nodelogs.Node{{Name: "lin000"}}, Login: login,
		NoKubernetes: errors.New("no API server here"), Mask: nodelogs.NewMask([]string{planted}), Now: now,
	})
	require.NoError(t, err)
	require.Equal(t, "step join_cluster\ntoken: [secret] [secret]\n", read(t, dir, "lin000/bootstrap.log"))
	require.Equal(t, "kubelet says\n[secret]\n", read(t, dir, "lin000/kubelet.log"))
	require.Equal(t, "called: -n journalctl --unit containerd --no-pager --output short-iso --lines 50000\n", read(t, dir, "lin000/containerd.log"))
	noSecrets(t, dir)
	failed := index.Failed()
	require.Len(t, failed, 1)
	require.Equal(t, nodelogs.Item{
		File: "lin000/azure-agent.log", From: "ssh", Error: "the command ended with exit code 1: tail: cannot open: [secret]",
	}, failed[0])
	require.Contains(t, read(t, dir, "index.json"), `"taken": "2026-11-27T12:00:00Z"`)

	_, err = nodelogs.Collect(t.Context(), nodelogs.Options{Dir: dir})
	require.ErrorContains(t, err, "is not empty")
}

// A node that does not let anyone in costs the others nothing.
func TestPartialResultsAreKept(t *testing.T) {
	t.Parallel()
	login := logger(t)
	dir := t.TempDir()
	index, err := nodelogs.Collect(t.Context(), nodelogs.Options{
		Stack: "demo", Dir: dir, Nodes: []nodelogs.Node{{Name: "lin000"}, {Name: "lin001"}},
		Login: func(ctx context.Context, node string) (nodelogs.Shell, error) {
			if node == "lin001" {
				return nil, errors.New("this one is gone")
			}
			return login(ctx, node)
		},
		NoKubernetes: errors.New("no API server here"), Mask: nodelogs.NewMask(nil), Now: now,
	})
	require.NoError(t, err)
	require.Contains(t, read(t, dir, "lin000/bootstrap.log"), "step join_cluster")
	require.Equal(t, "over SSH: this one is gone; through Kubernetes: no API server here", find(t, index, "lin001/kubelet.log").Error)
	require.NoDirExists(t, filepath.Join(dir, "lin001"))
}

// What was printed before the time was over is kept, too.
func TestInterruption(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	index, err := nodelogs.Collect(ctx, nodelogs.Options{
		Stack: "demo", Dir: dir, Nodes: []nodelogs.Node{{Name: "win000", Windows: true}},
		Login: func(context.Context, string) (nodelogs.Shell, error) { return slow{cancel}, nil },
		Mask:  nodelogs.NewMask(nil), Now: now,
	})
	require.NoError(t, err)
	require.Equal(t, "first words\n", read(t, dir, "win000/bootstrap.log"))
	require.Equal(t, "context canceled", find(t, index, "win000/bootstrap.log").Error)
	require.Len(t, index.Failed(), len(index.Items))
}

// slow says something and is interrupted.
type slow struct{ interrupt func() }

func (s slow) Run(ctx context.Context, _ string, streams remote.Streams, _ *remote.Terminal) (int, error) {
	_, _ = streams.Out.Write([]byte("first words\n"))
	s.interrupt()
	return 0, ctx.Err()
}

func (slow) Close() error { return nil }

// answers are those of an API server, by path and query.
var answers = map[string]string{
	"/api/v1/nodes/lin000/proxy/logs/hybridcluster/bootstrap.log": "step install_packages " + planted + "\n",
	"/api/v1/nodes/lin000/proxy/logs/?query=kubelet":              "kubelet by query\n",
	"/api/v1/nodes/lin000/proxy/logs/?query=containerd":           "<!doctype html>\n<pre>\n<a href=\"syslog\">syslog</a>\n</pre>\n",
	"/api/v1/nodes/win000/proxy/logs/kubelet/kubelet.log":         "kubelet of Windows\n",
	"/api/v1/nodes": `{"kind": "NodeList", "apiVersion": "v1", "items": [{"metadata": {"name": "lin000", "managedFields": [{"manager": "x"}]}}]}`,
	"/api/v1/events": `{"kind": "EventList", "apiVersion": "v1", "items": [
		{"type": "Warning", "reason": "BackOff", "message": "later", "lastTimestamp": "2026-11-27T11:00:00Z", "involvedObject": {"kind": "Pod", "namespace": "default", "name": "page-1"}},
		{"type": "Normal", "reason": "Scheduled", "message": "earlier", "eventTime": "2026-11-27T10:00:00.000000Z", "involvedObject": {"kind": "Pod", "namespace": "default", "name": "page-1"}}]}`,
	"/api/v1/pods": `{"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "page-1", "namespace": "default"}, "status": {"containerStatuses": [
		{"name": "web", "restartCount": 1, "state": {"running": {}}}, {"name": "side", "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}}]}`,
	"/api/v1/namespaces/default/pods/page-1/log?container=web&timestamps=true":               "serving " + privateKey + "\n",
	"/api/v1/namespaces/default/pods/page-1/log?container=web&previous=true&timestamps=true": "crashed\n",
}

func apiServer(t *testing.T, answers map[string]string) kubernetes.Interface {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.Path
		if r.URL.RawQuery != "" {
			key += "?" + r.URL.RawQuery
		}
		answer, ok := answers[key]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if strings.HasPrefix(answer, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}})
	require.NoError(t, err)
	return client
}

// Without SSH the API server gives what kubelets give, and all of Kubernetes' own.
func TestThroughKubernetes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	index, err := nodelogs.Collect(t.Context(), nodelogs.Options{
		Stack: "demo", Dir: dir, Nodes: []nodelogs.Node{{Name: "lin000"}, {Name: "win000", Windows: true}},
		NoLogin: errors.New("SSH is closed"), Kubernetes: apiServer(t, answers), AllOfIt: true, Mask: nodelogs.NewMask([]string{planted}), Now: now,
	})
	require.NoError(t, err)
	require.Equal(t, "step install_packages [secret]\n", read(t, dir, "lin000/bootstrap.log"))
	require.Equal(t, "kubelet by query\n", read(t, dir, "lin000/kubelet.log"))
	require.Equal(t, "kubelet of Windows\n", read(t, dir, "win000/kubelet.log"))
	require.Equal(t, "kubernetes", find(t, index, "win000/kubelet.log").From)
	require.Equal(t, "over SSH: SSH is closed; through Kubernetes: the kubelet does not give this log", find(t, index, "lin000/containerd.log").Error,
		"a list of files is not the log that was asked for")
	require.Contains(t, find(t, index, "win000/bootstrap.log").Error, "SSH is closed")
	require.Equal(t, "2026-11-27T10:00:00Z Normal Pod default/page-1 Scheduled: earlier\n2026-11-27T11:00:00Z Warning Pod default/page-1 BackOff: later\n",
		read(t, dir, "kubernetes/events.txt"))
	require.Contains(t, read(t, dir, "kubernetes/nodes.yaml"), "name: lin000")
	require.NotContains(t, read(t, dir, "kubernetes/nodes.yaml"), "manager")
	require.Equal(t, "serving [secret]\n", read(t, dir, "kubernetes/pods/default/page-1/web.log"))
	require.Equal(t, "crashed\n", read(t, dir, "kubernetes/pods/default/page-1/web.previous.log"))
	require.Equal(t, "[not started: ImagePullBackOff ]\n", read(t, dir, "kubernetes/pods/default/page-1/side.log"))
	noSecrets(t, dir)
}

// The API server may be somebody else's by now: its names lead out of the folder, to
// another log, or into the terminal.
func TestNamesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dir := filepath.Join(parent, "logs")
	pod := func(namespace, name, container string) string {
		return `{"metadata": {"name": "` + name + `", "namespace": "` + namespace + `"}, "status": {"containerStatuses": [{"name": "` + container +
			`", "state": {"waiting": {"reason": "planted"}}}]}}`
	}
	pods := []string{
		pod("..", "..", "../../out"), pod("default", "../../../../out", "web"), pod("/tmp", "out", "web"), pod("default", "page-1", `a\u001b[31m`),
		pod("default", "page-1", `..\\out`), pod("default", "", "web"), pod("default", "page-1", "good"),
	}
	index, err := nodelogs.Collect(t.Context(), nodelogs.Options{
		Stack: "demo", Dir: dir, Nodes: []nodelogs.Node{{Name: "../out"}, {Name: ".."}, {Name: "lin000"}},
		Login:   func(context.Context, string) (nodelogs.Shell, error) { return says{}, nil },
		AllOfIt: true, Mask: nodelogs.NewMask(nil), Now: now,
		Kubernetes: apiServer(t, map[string]string{
			"/api/v1/pods": `{"kind": "PodList", "apiVersion": "v1", "items": [` + strings.Join(pods, ",") + `]}`,
		}),
	})
	require.NoError(t, err)
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is beside the folder")
	entries, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3, "index.json, kubernetes and lin000: %v", entries)
	require.Equal(t, "words", read(t, dir, "lin000/kubelet.log"))
	require.Equal(t, "[not started: planted ]\n", read(t, dir, "kubernetes/pods/default/page-1/good.log"))
	refused := 0
	for _, item := range index.Failed() {
		if strings.Contains(item.Error, "nothing was written") {
			refused++
			require.Regexp(t, `^"[ -~]+"$`, item.File)
		}
	}
	require.Equal(t, len(pods)-1+2*7, refused, "%+v", index.Items)
}

// says answers every command.
type says struct{}

func (says) Run(_ context.Context, _ string, streams remote.Streams, _ *remote.Terminal) (int, error) {
	_, err := streams.Out.Write([]byte("words"))
	return 0, err
}

func (says) Close() error { return nil }
