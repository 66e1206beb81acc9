//go:build e2e && linux

package boot

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/vnet"
)

// bootTime is the most that a machine may take here. Most take some seconds; on a host
// that is busy with more than this suite it was minutes.
const bootTime = 10 * time.Minute

// impatience makes the bootstrap's script give up earlier than on Azure. A worker waits
// for all that the first master does before.
var impatience = []string{"RETRIES=3", "RETRY_DELAY=1", "JOIN_SECONDS=400", "VERIFY_SECONDS=120"}

// site is a network in which the machines of a cluster boot.
type site struct {
	declaration
	network    *vnet.Network
	publishers *vnet.Publishers
	machines   map[string]*machine.Machine
}

// newSite makes the network of a declared cluster, with nothing switched on. further are
// files that are published beside the release's, by their URL.
func newSite(t *testing.T, d declaration, further ...map[string][]byte) *site {
	t.Helper()
	ctx := t.Context()
	network, err := vnet.New(context.WithoutCancel(ctx), d.Network)
	require.NoError(t, err)
	s := &site{declaration: d, network: network, machines: map[string]*machine.Machine{}}
	t.Cleanup(func() {
		for _, m := range s.machines {
			s.keepLogs(t, m)
			m.Kill()
		}
		require.NoError(t, network.Close())
	})
	rule := vnet.Rule{
		Frontend: d.Frontend, FrontendPort: d.Rule.FrontendPort, BackendPort: d.Rule.BackendPort,
		ProbePort: d.Rule.ProbePort, ProbePath: d.Rule.ProbePath,
	}
	for _, m := range d.Masters() {
		rule.Backends = append(rule.Backends, m.Address)
	}
	require.NoError(t, network.Balance(ctx, rule))
	if d.Internal.IsValid() {
		rule.Frontend = d.Internal
		require.NoError(t, network.Balance(ctx, rule))
	}
	network.Name(d.Endpoint, d.Frontend)
	files := published(t)
	for _, more := range further {
		maps.Copy(files, more)
	}
	s.publishers, err = network.Publish(files)
	require.NoError(t, err)
	return s
}

// declaredMachine returns a machine as it was declared.
func (s *site) declaredMachine(t *testing.T, name string) declared.Machine {
	t.Helper()
	i := slices.IndexFunc(s.Machines, func(m declared.Machine) bool { return m.Name == name })
	require.GreaterOrEqual(t, i, 0, "no machine %s among %v", name, s.Machines)
	return s.Machines[i]
}

// start switches a machine on. A machine of the same name is there no longer.
func (s *site) start(t *testing.T, m declared.Machine, environment ...string) *machine.Machine {
	t.Helper()
	if old := s.machines[m.Name]; old != nil {
		old.Kill()
	}
	directory, err := kubernetesPrograms()
	require.NoError(t, err)
	ctx := within(t, time.Minute)
	data := m.CustomData
	if m.Windows {
		data = onLinux(t, string(data))
	}
	started, err := machine.Start(ctx, machine.Spec{
		Name: m.Name, CustomData: data, Programs: directory, Authority: s.publishers.Authority,
		Environment: append(slices.Clone(impatience), environment...),
	}, func(pid int) (vnet.Card, error) { return s.network.Attach(ctx, pid, m.Address) })
	require.NoError(t, err)
	s.machines[m.Name] = started
	return started
}

// boot switches machines on, one after the other without waiting, and then waits
// until each has run its custom data to a good end.
func (s *site) boot(t *testing.T, machines ...declared.Machine) {
	t.Helper()
	started := make([]*machine.Machine, len(machines))
	for i, m := range machines {
		started[i] = s.start(t, m)
	}
	ctx := within(t, bootTime)
	for _, m := range started {
		if err := m.Booted(ctx); err != nil {
			require.NoError(t, err, "the end of its log:\n%s", tail(bootLog(m), 60))
		}
	}
}

// onEach runs a command on some machines.
func (s *site) onEach(t *testing.T, machines []declared.Machine, command ...string) {
	t.Helper()
	for _, m := range machines {
		out, err := s.machines[m.Name].Run(within(t, time.Minute), command...)
		require.NoError(t, err, out)
	}
}

// bootLog is what the script of a machine has written.
func bootLog(m *machine.Machine) string {
	text, err := m.Read("/var/log/hybridcluster/bootstrap.log")
	if err != nil {
		text, _ = m.Read("/var/log/cloud-init-output.log")
	}
	return text
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// client speaks to the API server from the Internet with the stack's kubeconfig.
func (s *site) client(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	client, err := kubernetes.NewForConfig(s.config(t))
	require.NoError(t, err)
	return client
}

func (s *site) config(t *testing.T) *rest.Config {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(s.kubeconfig)
	require.NoError(t, err)
	config.Dial = s.network.Dial
	config.Timeout = 10 * time.Second
	config.QPS = -1 // no limit: its errors would hide others
	return config
}

// published are the files that the machines download, by their URL. Their content
// is made here, and the checksums fit it.
func published(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, a := range artifacts(t) {
		if a.OS != apimodel.Linux {
			continue
		}
		switch a.Kind {
		case bootstrap.Key:
			files[a.URL] = []byte("a key that nothing here reads\n")
		case bootstrap.File:
			content := archive(t, a.Name)
			sum := sha256.Sum256(content)
			files[a.URL] = content
			files[a.Checksum] = fmt.Appendf(nil, "%s  %s\n", hex.EncodeToString(sum[:]), path.Base(a.URL))
		default: // nothing that a machine downloads as a file
		}
	}
	require.NotEmpty(t, files)
	return files
}

// artifacts are what the suite's release contacts.
func artifacts(t *testing.T) []bootstrap.Artifact {
	t.Helper()
	return bootstrap.Artifacts(release(t))
}

// release is the suite's.
func release(t *testing.T) apimodel.Release {
	t.Helper()
	for _, r := range apimodel.Releases() {
		if r.Minor == apimodel.DefaultRelease {
			return r
		}
	}
	require.Fail(t, "no release")
	return apimodel.Release{}
}

// archive is what a publisher's file holds: programs that lead to the stand-ins.
func archive(t *testing.T, name string) []byte {
	t.Helper()
	script := func(program string) string { return "#!/bin/bash\nexec /opt/standins/" + program + " \"$@\"\n" }
	contents := map[string]map[string]string{
		"containerd": {"bin/containerd": script("containerd"), "bin/ctr": script("ctr")},
		"crictl":     {"crictl": "#!/bin/bash\n"},
		"runc":       nil,
	}
	files, known := contents[name]
	require.True(t, known, "the suite does not know the artifact %s", name)
	if files == nil {
		return []byte("#!/bin/bash\n")
	}
	var buffer bytes.Buffer
	zipped := gzip.NewWriter(&buffer)
	out := tar.NewWriter(zipped)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		require.NoError(t, out.WriteHeader(&tar.Header{Name: file, Mode: 0o755, Size: int64(len(files[file]))}))
		_, err := out.Write([]byte(files[file]))
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	require.NoError(t, zipped.Close())
	return buffer.Bytes()
}
