package bootstrap_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// need finds a program. Where it is missing the test is skipped, and says so; it
// fails if $HYBRIDCLUSTER_TEST_PROGRAMS, a list with spaces, promises the program.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, program, program+" is not installed here")
	}
	return path
}

func missing(t *testing.T, program, reason string) {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv("HYBRIDCLUSTER_TEST_PROGRAMS")), program) {
		t.Fatal(reason + ", and HYBRIDCLUSTER_TEST_PROGRAMS names it")
	}
	t.Skip(reason)
}

// shellScripts returns the shell scripts of the documents and the extension's command.
func shellScripts(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for name, document := range all {
		if strings.HasSuffix(name, ".yaml") {
			_, files := parse(t, document)
			for path, f := range files {
				if strings.HasSuffix(path, ".sh") {
					found[name+":"+path] = f.Content
				}
			}
		}
	}
	require.Contains(t, found, "control-plane-everything.yaml:/usr/local/lib/hybridcluster/scripts.sh")
	require.Contains(t, found, "control-plane-join.yaml:/usr/local/lib/hybridcluster/control-plane.sh")
	found["extension"] = "#!/bin/sh\n" + bootstrap.LinuxExtensionCommand() + "\n"
	return found
}

func TestScriptsParse(t *testing.T) {
	t.Parallel()
	shell := need(t, "bash")
	for name, script := range shellScripts(t) {
		cmd := exec.CommandContext(t.Context(), shell, "-n")
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
}

func TestScriptsPassShellcheck(t *testing.T) {
	t.Parallel()
	checker := need(t, "shellcheck")
	checked := map[string]bool{} // most are the same in each document
	for name, script := range shellScripts(t) {
		if checked[script] {
			continue
		}
		checked[script] = true
		cmd := exec.CommandContext(t.Context(), checker, "-")
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
}

// machine is a directory that stands for a node's root, with a PATH of programs
// that write down how they were called.
type machine struct {
	root string
	env  []string
}

// newMachine lays out a node's files and fake programs. Programs that behave
// are given as shell text; they see $CALLS, the journal.
func newMachine(t *testing.T, document string, programs map[string]string) machine {
	t.Helper()
	need(t, "bash")
	m := machine{root: t.TempDir()}
	_, files := parse(t, document)
	for path, f := range files {
		m.write(t, path, f.Content)
	}
	m.write(t, "/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n")
	m.write(t, "/proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n")
	m.write(t, "/etc/hosts", "127.0.0.1 localhost\n")
	fakes := map[string]string{
		"curl": curlFake, "tar": "", "install": "", "modprobe": "", "sysctl": "", "swapoff": "", "apt-get": "",
		"apt-mark": "", "systemctl": "", "ctr": "", "mountpoint": "", "kubectl": "", "journalctl": "", "sleep": "",
		"python3": "", "kubeadm": "", "openssl": "", "unattended-upgrade": "", "dpkg": "", "lsblk": "", "mkfs.ext4": "", "udevadm": "",
	}
	maps.Copy(fakes, programs)
	for name, text := range fakes {
		m.fake(t, name, text)
	}
	m.write(t, "/var/lib/kubelet/pki/kubelet-client-current.pem", "certificate")
	m.env = []string{
		"PATH=" + m.path("/bin") + ":" + os.Getenv("PATH"), "CALLS=" + m.path("/calls"),
		"RETRY_DELAY=0", "RETRIES=3", "VERIFY_SECONDS=0",
	}
	for name, path := range map[string]string{
		"ETC_DIR": "/etc/hybridcluster", "LIB_DIR": "/usr/local/lib/hybridcluster", "STATE_DIR": "/var/lib/hybridcluster",
		"LOG_FILE": "/var/log/hybridcluster/bootstrap.log", "KUBERNETES_DIR": "/etc/kubernetes", "KUBELET_DIR": "/var/lib/kubelet",
		"HOSTS_FILE": "/etc/hosts", "FSTAB": "/etc/fstab", "ETCD_MOUNT": "/var/lib/etcddisk", "KEYRING": "/etc/apt/keyrings/kubernetes.asc",
		"APT_SOURCE": "/etc/apt/sources.list.d/kubernetes.list", "CHRONY_CONFIG": "/etc/chrony", "CERTS_DIR": "/etc/containerd/certs.d",
		"SYSCTL_DIR": "/etc/sysctl.d", "RESOLVED_CONFIG": "/etc/systemd/resolved.conf.d/hybridcluster.conf",
		"APT_PERIODIC": "/etc/apt/apt.conf.d/99hybridcluster", "REBOOT_REQUIRED": "/run/reboot-required",
		"MEMINFO": "/proc/meminfo", "SYS_BLOCK": "/sys/block", "HOST_CLOCKS": "/dev/ptp_hyperv",
		"APT_DIR": "/etc/apt", "POD_LOGS": "/var/log/pods",
	} {
		m.env = append(m.env, name+"="+m.path(path))
	}
	return m
}

// curlFake serves each URL's own name as its content, and fitting checksums.
const curlFake = `
while (($#)); do case $1 in --output) out=$2; shift ;; esac; url=$1; shift; done
case $url in
*.sha256|*.sha256sum)
  file=${url##*/}; file=${file%.sha256*}
  [[ $file == runc ]] && file=runc.amd64
  printf '%s  other\n%s *%s\n' "$(printf x | sha256sum | cut -c 1-64)" "$(printf '%s' "$file" | sha256sum | cut -c 1-64)" "$file" >"$out" ;;
*) printf '%s' "${url##*/}" >"$out" ;;
esac`

// realEnv is the machine's environment with the programs of this one.
func (m machine) realEnv() []string {
	return append(append(os.Environ(), m.env[1:]...), "PATH="+os.Getenv("PATH"))
}

func (m machine) path(p string) string { return filepath.Join(m.root, p) }

func (m machine) write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(m.path(path)), 0o755))
	require.NoError(t, os.WriteFile(m.path(path), []byte(content), 0o755))
}

// fake replaces a program.
func (m machine) fake(t *testing.T, name, text string) {
	t.Helper()
	m.write(t, "/bin/"+name, "#!/bin/bash\necho \""+name+" $*\" >>\"$CALLS\"\n"+text+"\n")
}

func (m machine) remove(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(m.path(path)))
}

func (m machine) read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(m.path(path))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(t, err)
	return string(data)
}

// boot runs the script as its unit does and returns its exit code.
func (m machine) boot(t *testing.T, extra ...string) int {
	t.Helper()
	return m.run(t, m.path("/usr/local/lib/hybridcluster/bootstrap.sh"), extra...)
}

func (m machine) run(t *testing.T, script string, extra ...string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", script)
	cmd.Env = append(append(os.Environ(), m.env...), extra...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s%s", out, m.read(t, "/var/log/hybridcluster/bootstrap.log"))
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

// calls returns the journal's lines that begin with a word.
func (m machine) calls(t *testing.T, program string) []string {
	t.Helper()
	var found []string
	for line := range strings.SplitSeq(m.read(t, "/calls"), "\n") {
		if call, ok := strings.CutPrefix(line, program+" "); ok {
			found = append(found, call)
		}
	}
	return found
}
