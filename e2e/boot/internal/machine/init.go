//go:build linux

package machine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	standinsDir = "/opt/standins"
	programsDir = "/opt/programs"
	// ReadyFile is there when the machine can run programs, and before it looks at
	// its custom data.
	ReadyFile = "/run/machine-ready"
	// bootedFile is there when the custom data has been run: empty, or with what
	// went wrong.
	bootedFile = "/run/machine-booted"
)

// Main does what the program has to do inside a machine, if it is in one: as the
// first process, or as one of the stand-ins. Otherwise it returns false. A
// program that starts machines calls it before anything else, and ends with the
// code.
func Main() (code int, inside bool) {
	if os.Getenv(specVariable) != "" {
		if err := initProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1, true
		}
		return 0, true
	}
	if run, ok := standins()[filepath.Base(os.Args[0])]; ok {
		return run(os.Args[1:]), true
	}
	return 0, false
}

// initProcess is the machine's first process. It ends when its standard input
// does, and everything on the machine with it.
func initProcess() error {
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the machine's description: %w", err)
	}
	var spec Spec
	if err := json.Unmarshal(line, &spec); err != nil {
		return fmt.Errorf("read the machine's description: %w", err)
	}
	if err := errors.Join(os.Unsetenv(specVariable), os.Setenv("PATH", searchPath()), os.Setenv("HOME", "/root")); err != nil {
		return err
	}
	if err := spec.enterRoot(); err != nil {
		return err
	}
	if err := errors.Join(spec.identify(), spec.plugIn(), serveUnits()); err != nil {
		return err
	}
	if err := os.WriteFile(ReadyFile, nil, 0o600); err != nil {
		return fmt.Errorf("say that the machine is there: %w", err)
	}
	go spec.firstBoot()
	_, _ = io.Copy(io.Discard, input)
	return nil
}

// searchPath is the host's, so that its interpreters are found, behind a
// server's and the stand-ins.
func searchPath() string {
	return standinsDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + os.Getenv("PATH")
}

// enterRoot makes the root directory: the host's as it is, with a layer of the
// machine's own above it, in memory.
func (s Spec) enterRoot() error {
	executable, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	const base = "/mnt"
	var mounts mounter
	mounts.mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	mounts.mount("tmpfs", base, "tmpfs", 0, "mode=0755")
	for _, dir := range []string{"upper", "work", "root"} {
		mounts.directory(filepath.Join(base, dir))
	}
	root := base + "/root"
	mounts.mount("overlay", root, "overlay", 0, "lowerdir=/,upperdir="+base+"/upper,workdir="+base+"/work")
	mounts.mount("proc", root+"/proc", "proc", 0, "")
	mounts.mount("/sys", root+"/sys", "", unix.MS_BIND|unix.MS_REC, "")
	mounts.mount("/dev", root+"/dev", "", unix.MS_BIND|unix.MS_REC, "")
	mounts.mount("tmpfs", root+"/run", "tmpfs", 0, "mode=0755")
	mounts.mount("tmpfs", root+"/tmp", "tmpfs", 0, "mode=1777")
	// The host's own services stay where they are.
	for _, dir := range unitDirs {
		mounts.directory(root + dir)
		mounts.mount("tmpfs", root+dir, "tmpfs", 0, "mode=0755")
	}
	mounts.directory(root + programsDir)
	mounts.mount(s.Programs, root+programsDir, "", unix.MS_BIND, "")
	mounts.directory(root + standinsDir)
	mounts.file(root + standinsDir + "/program")
	mounts.mount(executable, root+standinsDir+"/program", "", unix.MS_BIND, "")
	if mounts.err != nil {
		return mounts.err
	}
	if err := errors.Join(unix.Chroot(root), os.Chdir("/")); err != nil {
		return fmt.Errorf("enter the root directory: %w", err)
	}
	for name := range standins() {
		if err := os.Symlink(standinsDir+"/program", filepath.Join(standinsDir, name)); err != nil {
			return fmt.Errorf("put the stand-ins in place: %w", err)
		}
	}
	return nil
}

// mounter keeps its first error.
type mounter struct{ err error }

func (m *mounter) mount(source, target, kind string, flags uintptr, options string) {
	if m.err != nil {
		return
	}
	if err := unix.Mount(source, target, kind, flags, options); err != nil {
		m.err = fmt.Errorf("mount %s: %w", target, err)
	}
}

func (m *mounter) directory(path string) {
	if m.err == nil {
		m.err = os.MkdirAll(path, 0o755) //nolint:gosec // others run programs from here
	}
}

func (m *mounter) file(path string) {
	if m.err == nil {
		m.err = os.WriteFile(path, nil, 0o755) //nolint:gosec // a program goes over it
	}
}

// identify gives the machine a name, a DNS server and somebody to trust.
func (s Spec) identify() error {
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return fmt.Errorf("read whom the host trusts: %w", err)
	}
	files := map[string]string{
		"/etc/hostname":                      s.Name + "\n",
		"/etc/hosts":                         "127.0.0.1 localhost\n",
		"/etc/resolv.conf":                   "nameserver 168.63.129.16\n",
		"/etc/fstab":                         "",
		"/etc/ssl/certs/ca-certificates.crt": string(bundle) + s.Authority,
		"/etc/default/kubelet":               kubeletDefaults,
	}
	for path, content := range files {
		// A link may lead elsewhere.
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // for everybody
			return fmt.Errorf("prepare the machine: %w", err)
		}
	}
	return unix.Sethostname([]byte(s.Name))
}

func (s Spec) plugIn() error {
	for _, arguments := range []string{
		"link set lo up",
		"addr add " + s.Card.Address.String() + " dev eth0",
		"link set eth0 up",
		"route add default via " + s.Card.Gateway.String(),
	} {
		if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", arguments, err, out)
		}
	}
	return nil
}

// firstBoot runs the custom data and leaves a file that says how it went.
func (s Spec) firstBoot() {
	result := ""
	if err := s.runCustomData(); err != nil {
		result = err.Error() + "\n"
	}
	// Written beside and renamed: whoever sees the file sees all of it.
	if err := os.WriteFile(bootedFile+".new", []byte(result), 0o600); err == nil {
		err = os.Rename(bootedFile+".new", bootedFile)
		if err != nil {
			syscall.Exit(1)
		}
	}
}
