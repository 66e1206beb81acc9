package bootstrap_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// apt-get takes a list that did not come for a warning, and then does not know the
// package. What makes the install work is another update, not another install.
func TestPackagesComeAfterAListThatDidNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ step, failing string }{
		"Ubuntu's":     {"install_packages", "ca-certificates"},
		"Kubernetes'":  {"install_kubernetes", "kubelet="},
		"the auditors": {"install_auditd", "auditd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, changedNode(t, func(n *bootstrap.Node) { n.AuditD = true }), map[string]string{
				// The first update of this step brings nothing, and the second all.
				"apt-get": `case "$* " in
				*"Error-Mode=any"*" update "*) if [[ -e $CALLS.wanted && ! -e $CALLS.fetched ]]; then touch "$CALLS.fetched"; exit 100; fi; touch "$CALLS.list" ;;
				*" update "*) touch "$CALLS.list" ;;
				*" install "*` + c.failing + `*) if [[ ! -e $CALLS.wanted ]]; then touch "$CALLS.wanted"; rm -f "$CALLS.list"; exit 100; fi
					[[ -e $CALLS.list ]] || exit 100 ;;
				esac`,
			})
			require.Equal(t, 0, m.boot(t))
			require.FileExists(t, m.path("/calls.fetched"), "an update that fetched nothing is a failure")
			require.Contains(t, m.read(t, logFile), "failed: update_and_install")
		})
	}
}

// A source of the image's own that is down for good does not keep a node from joining.
func TestBrokenSourceOfTheImageDoesNotStopTheBootstrap(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], map[string]string{
		"apt-get": `[[ $* != *Error-Mode=any*update* || $* == *SourceParts=-* ]]`,
	})
	require.Equal(t, 0, m.boot(t))
	require.Contains(t, m.read(t, logFile), "WARNING: not all package lists can be fetched")
}

// With the real apt-get: nobody answers, and that is no success.
func TestUpdateThatFetchedNothingIsAFailure(t *testing.T) {
	t.Parallel()
	need(t, "apt-get")
	m := newMachine(t, documents(t)["linux-node.yaml"], nil)
	for _, dir := range []string{"/apt/lists/partial", "/apt/cache/archives/partial", "/apt/parts"} {
		require.NoError(t, os.MkdirAll(m.path(dir), 0o755))
	}
	m.write(t, "/apt/sources.list", "deb [trusted=yes] http://127.0.0.1:9/nothing /\n")
	m.write(t, "/apt/apt.conf", `Dir::State "`+m.path("/apt")+`"; Dir::State::lists "`+m.path("/apt/lists")+`"; Dir::Cache "`+m.path("/apt/cache")+`";
Dir::Etc::SourceList "`+m.path("/apt/sources.list")+`"; Dir::Etc::SourceParts "`+m.path("/apt/parts")+`"; Acquire::Retries::Delay "false"; APT::Sandbox::User "";
`)
	m.write(t, "/apt/status", "")
	for _, c := range []struct {
		text string
		fine bool
	}{
		{"apt update", true}, // so apt-get has it
		{"apt -o APT::Update::Error-Mode=any update", false},
		{"update_and_install -- bash", false},
	} {
		out, err := m.in(t, c.text, "APT_CONFIG="+m.path("/apt/apt.conf"))
		require.Equal(t, c.fine, err == nil, "%s: %s", c.text, out)
	}
}

// The last makestep counts, and chrony.conf reads its directories before its own lines.
func TestClockIsSetAtAnyTime(t *testing.T) {
	t.Parallel()
	const conf, drop = "/etc/chrony/chrony.conf", "/etc/chrony/conf.d/hybridcluster.conf"
	for name, c := range map[string]struct {
		conf  string
		clock bool
		want  string // the drop-in
	}{
		"a clock of the host's":  {"confdir /etc/chrony/conf.d\nmakestep 1 3\nrtcsync\n", true, "refclock PHC %s poll 3 dpoll -2 offset 0 stratum 2\n"},
		"the image knows it":     {"confdir /etc/chrony/conf.d\nrefclock PHC /dev/ptp0 poll 3\n  makestep 1 3\n", true, ""},
		"no clock of the host's": {"makestep 1 3", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, documents(t)["linux-node.yaml"], nil)
			m.write(t, conf, c.conf)
			if c.clock {
				m.write(t, "/dev/ptp_hyperv", "")
			}
			for range 2 {
				out, err := m.in(t, "PATH="+m.path("/bin")+":$PATH; sync_time", "HOST_CLOCKS="+m.path("/dev/ptp_hyperv"))
				require.NoError(t, err, out)
				var steps []string
				for line := range strings.Lines(m.read(t, conf)) {
					if strings.HasPrefix(strings.TrimSpace(line), "makestep") {
						steps = append(steps, strings.TrimSpace(line))
					}
				}
				require.Equal(t, []string{"makestep 1.0 -1"}, steps)
				require.Equal(t, strings.ReplaceAll(c.want, "%s", m.path("/dev/ptp_hyperv")), m.read(t, drop))
				require.NotContains(t, m.read(t, drop), "makestep")
			}
			require.Contains(t, m.calls(t, "systemctl"), "restart chrony")
		})
	}
}

// A publisher packs with the owner of its build: a user of the machine with that number
// could change what root runs.
func TestUnpackedProgramsBelongToRoot(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], nil)
	require.Equal(t, 0, m.boot(t))
	require.Len(t, m.calls(t, "tar"), 2)
	for _, call := range m.calls(t, "tar") {
		require.Contains(t, call, "--no-same-owner")
	}
}

func TestContainersMayOpenManyFiles(t *testing.T) {
	t.Parallel()
	_, files := parse(t, documents(t)["linux-node.yaml"])
	require.Contains(t, files["/etc/systemd/system/containerd.service"].Content, "\nLimitNOFILE=1048576\n")
}

func TestKubeletThatHangsIsRestarted(t *testing.T) {
	t.Parallel()
	for name, document := range documents(t) {
		if strings.HasSuffix(name, ".yaml") {
			_, files := parse(t, document)
			require.Equal(t, "[Service]\nWatchdogSec=60s\n", files["/etc/systemd/system/kubelet.service.d/30-watchdog.conf"].Content, name)
		}
	}
}

// Without it the kernel kills before the kubelet evicts.
func TestMemoryIsKeptForTheSystem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		gib, cores                int
		cpu, memory, availableMem string
	}{
		{2, 1, "60m", "512Mi", "102Mi"},
		{4, 2, "100m", "1024Mi", "204Mi"},
		{8, 2, "100m", "1843Mi", "409Mi"},
		{16, 4, "140m", "2662Mi", "750Mi"},
		{64, 16, "260m", "5611Mi", "750Mi"},
		{256, 64, "740m", "12165Mi", "750Mi"},
	} {
		m := newMachine(t, documents(t)["linux-node.yaml"], nil)
		m.write(t, "/proc/meminfo", "MemTotal:  "+strconv.Itoa(c.gib*1024*1024)+" kB\nMemFree: 1 kB\n")
		m.write(t, "/bin/nproc", "#!/bin/bash\necho "+strconv.Itoa(c.cores)+"\n")
		out, err := m.in(t, "PATH="+m.path("/bin")+":$PATH; reserve_resources")
		require.NoError(t, err, out)
		var patch struct {
			KubeReserved map[string]string `yaml:"kubeReserved"`
			EvictionHard map[string]string `yaml:"evictionHard"`
		}
		require.NoError(t, yaml.Unmarshal([]byte(m.read(t, "/etc/hybridcluster/patches/kubeletconfiguration+merge.yaml")), &patch))
		require.Equal(t, map[string]string{"cpu": c.cpu, "memory": c.memory}, patch.KubeReserved)
		require.Equal(t, map[string]string{
			"memory.available": c.availableMem, "nodefs.available": "10%", "nodefs.inodesFree": "5%",
			"imagefs.available": "15%", "imagefs.inodesFree": "5%",
		}, patch.EvictionHard, "a signal that is not given is off")
	}
	all := wideDocuments(t)
	maps.Copy(all, documents(t))
	for name, document := range all {
		if strings.HasSuffix(name, ".yaml") {
			_, files := parse(t, document)
			require.Contains(t, files["/etc/hybridcluster/kubeadm.yaml"].Content, "patches:\n  directory: /etc/hybridcluster/patches\n", name)
		}
	}
}

// The disc stays in its drive where the image has no program that ejects it.
func TestDiscWithTheCustomDataIsEjected(t *testing.T) {
	t.Parallel()
	python := need(t, "python3")
	_, files := parse(t, documents(t)["linux-node.yaml"])
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sr0"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "scrub.py"), []byte(files["/usr/local/lib/hybridcluster/scrub.py"].Content), 0o600))
	cmd := exec.CommandContext(t.Context(), python, "-c", `
import fcntl, runpy
fcntl.ioctl = lambda descriptor, request, *rest: print("ioctl", hex(request), *rest)
runpy.run_path("scrub.py", run_name="__main__")`)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CLOUD_DIR="+dir, "CLOUD_RUN_DIR="+dir, "WAAGENT_DIR="+dir, "DISC_DRIVES="+dir+"/sr*")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "ioctl 0x5329 0\nioctl 0x5309\n", string(out), "unlocked and ejected")
}
