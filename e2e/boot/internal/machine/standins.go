//go:build linux

package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/cri"
)

const (
	// standinsLog is a line for each call of a stand-in.
	standinsLog = "/var/log/standins.log"
	// pulled begins a line that names an image.
	pulled    = "pulled"
	criSocket = "/run/containerd/containerd.sock"
)

// standins are the programs of a machine that are not the real ones, because
// they change hardware, the kernel that all machines here share, or need a
// package repository:
//
//   - apt-get, apt-mark: what they are told is written down. "Installing" the
//     Kubernetes packages puts the given programs and the packages' unit in place.
//   - systemctl, journalctl: run services as their units say; see units.go.
//   - containerd, ctr: a container runtime whose containers are processes that see
//     of the machine's state what is mounted for them.
//   - lsblk, mkfs.ext4: say and write what is on the disk on lun 0.
//   - iptables: keeps its rules, and leads the machine to itself; see iptables.go.
//   - modprobe, swapoff, sysctl and the like: written down. Of kernel parameters,
//     those of the machine's own network are set.
//   - cloud-init: says whether the custom data has been run.
func standins() map[string]func(arguments []string) int {
	programs := map[string]func([]string) int{
		"apt-get":     aptGet,
		"systemctl":   systemctl,
		"journalctl":  journalctl,
		"containerd":  containerd,
		"ctr":         ctr,
		"sysctl":      sysctl,
		"iptables":    iptables,
		"cloud-init":  cloudInit,
		"lsblk":       lsblk,
		"mkfs.ext4":   mkfs,
		cri.Contained: func(arguments []string) int { return fail(cri.Enter(arguments)) },
	}
	for _, name := range []string{
		"apt-mark", "modprobe", "swapoff", "conntrack", "ethtool", "socat", "ebtables", "unattended-upgrade", "ssh-keygen", "dpkg", "udevadm",
	} {
		programs[name] = nothing
	}
	for name, run := range programs {
		programs[name] = func(arguments []string) int {
			writeDown(name, arguments)
			return run(arguments)
		}
	}
	return programs
}

func nothing([]string) int { return 0 }

func writeDown(name string, arguments []string) {
	log, err := os.OpenFile(standinsLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintln(log, name, strings.Join(arguments, " "))
	_ = log.Close()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// The unit and the drop-in of the kubelet's package:
// https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration/
const (
	kubeletUnit = `[Service]
ExecStart=/usr/bin/kubelet
Restart=always
`
	kubeletDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`
	// kubeletDefaults let a kubelet run where it may not arrange cgroups.
	kubeletDefaults = `KUBELET_EXTRA_ARGS="--cgroups-per-qos=false --enforce-node-allocatable= --fail-cgroupv1=false --local-storage-capacity-isolation=false"` + "\n"
	// kubeletWrapper leaves out a flag of the definition's that kubeletDefaults cannot
	// take back: a list is added to, and not replaced.
	kubeletWrapper = `#!/bin/bash
arguments=()
for argument in "$@"; do
  case $argument in --enforce-node-allocatable=?*) ;; *) arguments+=("$argument") ;; esac
done
exec ` + programsDir + `/kubelet "${arguments[@]}"
`
	// The kernel and the cgroups are this host's and not a virtual machine's, and the
	// kubelet is of the programs' release, which may be later than the documents':
	// those checks of kubeadm's say nothing about the documents.
	kubeadmWrapper = `#!/bin/bash
case "$1 $2" in
"init phase" | "join phase") ;;
init* | join*) set -- "$@" --ignore-preflight-errors=SystemVerification,KubeletVersion ;;
esac
exec ` + programsDir + `/kubeadm "$@"
`
)

// aptGet puts the programs of Kubernetes in place when it is to install them.
func aptGet(arguments []string) int {
	if !slices.Contains(arguments, "install") {
		return 0
	}
	files := map[string]string{}
	for _, word := range arguments {
		switch name, _, _ := strings.Cut(word, "="); name {
		case "kubeadm":
			files["/usr/bin/kubeadm"] = kubeadmWrapper
		case "kubectl", "kubelet":
			files["/usr/bin/"+name] = "#!/bin/bash\nexec " + programsDir + "/" + name + " \"$@\"\n"
			if name == "kubelet" {
				files["/usr/bin/kubelet"] = kubeletWrapper
				files["/usr/lib/systemd/system/kubelet.service"] = kubeletUnit
				files["/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"] = kubeletDropIn
			}
		}
	}
	for path, content := range files {
		if err := writeFile(path, content, 0o755); err != nil {
			return fail(err)
		}
	}
	return 0
}

func systemctl(arguments []string) int {
	conn, err := net.Dial("unix", unitsSocket) //nolint:noctx // the other side always answers
	if err != nil {
		return fail(err)
	}
	defer func() { _ = conn.Close() }()
	var reply systemctlReply
	if err := json.NewEncoder(conn).Encode(arguments); err != nil {
		return fail(err)
	}
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return fail(err)
	}
	_, _ = io.WriteString(os.Stdout, reply.Output)
	return reply.Code
}

// journalctl prints the end of a unit's log.
func journalctl(arguments []string) int {
	i := slices.Index(arguments, "--unit")
	if i < 0 || i+1 >= len(arguments) {
		return 1
	}
	data, err := os.ReadFile(unitLog(arguments[i+1])) //nolint:gosec // it is the caller's machine
	if err != nil {
		return fail(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	_, _ = fmt.Fprintln(os.Stdout, strings.Join(lines[max(0, len(lines)-20):], "\n"))
	return 0
}

// containerd serves until it is told to stop.
func containerd([]string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := cri.New(programsDir, standinsDir+"/program", func(image string) { writeDown(pulled, []string{image}) }).Serve(ctx, criSocket); err != nil {
		return fail(err)
	}
	return 0
}

// ctr says whether the container runtime answers.
func ctr([]string) int {
	conn, err := net.DialTimeout("unix", criSocket, time.Second) //nolint:noctx // it has a time of its own
	if err != nil {
		return fail(err)
	}
	_ = conn.Close()
	return 0
}

// sysctl sets what belongs to the machine's own network and is there, and what stands
// in for the kernel's own.
func sysctl(arguments []string) int {
	data, err := os.ReadFile(arguments[len(arguments)-1]) //nolint:gosec // it is the caller's machine
	if err != nil {
		return fail(err)
	}
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		file := strings.ReplaceAll(name, ".", "/")
		if _, own := kernelSettings[file]; !ok || strings.HasPrefix(name, "#") || !strings.HasPrefix(name, "net.ipv4.") && !own {
			continue
		}
		path := filepath.Join("/proc/sys", file)
		if err := os.WriteFile(path, []byte(strings.TrimSpace(value)+"\n"), 0o600); err != nil {
			return fail(err)
		}
	}
	return 0
}

// lsblk prints the kind and the label of a disk's file system.
func lsblk(arguments []string) int {
	data, err := os.ReadFile(arguments[len(arguments)-1]) //nolint:gosec // it is the caller's machine
	if err != nil {
		return fail(err)
	}
	_, _ = fmt.Fprintln(os.Stdout, string(data))
	return 0
}

// mkfs writes down the kind and the label of a file system.
func mkfs(arguments []string) int {
	i := slices.Index(arguments, "-L")
	if i < 0 || i+1 >= len(arguments) {
		return 1
	}
	if err := os.WriteFile(arguments[len(arguments)-1], []byte("ext4 "+arguments[i+1]), 0o600); err != nil { //nolint:gosec // it is the caller's machine
		return fail(err)
	}
	return 0
}

// cloudInit answers "cloud-init status".
func cloudInit([]string) int {
	result, err := os.ReadFile(bootedFile)
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(os.Stdout, "status: running")
	case len(result) > 0:
		_, _ = fmt.Fprintln(os.Stdout, "status: error\n"+string(result))
		return 1
	default:
		_, _ = fmt.Fprintln(os.Stdout, "status: done")
	}
	return 0
}
