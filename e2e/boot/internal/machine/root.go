//go:build linux

package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// base is where the root directory is put together, out of the way.
	base = "/mnt"
	// writtenDir shows what has been written over the host's files.
	writtenDir = "/opt/written"
)

// WrittenDirs are the directories of a machine in which everything is that has been
// written on it, but for its disks.
func WrittenDirs() []string { return append([]string{writtenDir}, emptyDirs...) }

// emptyDirs hold state of a machine's own: what the host has there is nobody's
// business.
var emptyDirs = []string{
	"/run", "/tmp", "/var/log", "/var/lib/cloud", "/var/lib/waagent", "/var/lib/kubelet", "/var/lib/hybridcluster",
	"/etc/kubernetes", "/etc/hybridcluster", "/etc/chrony", "/etc/systemd/system", "/usr/lib/systemd/system",
}

// kernelSettings are those that a kubelet holds to its own values. They are the
// kernel's and so the host's: a machine has files of its own in their place, which
// begin as an Ubuntu kernel does. A kubelet writes what it wants, or ends where it is
// told to protect them and they are otherwise.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/cm/container_manager_linux.go
var kernelSettings = map[string]string{
	"vm/overcommit_memory": "0", "vm/panic_on_oom": "0", "kernel/panic": "0", "kernel/panic_on_oops": "0",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

// enterRoot makes the root directory: the host's as it is, with a layer of the
// machine's own above it, in memory. The host's devices and kernel settings are
// there to be read, if at all.
func (s Spec) enterRoot() error {
	executable, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	const root = base + "/root"
	var m mounter
	m.mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	m.mount("tmpfs", base, "tmpfs", 0, "mode=0755")
	for _, dir := range []string{"upper", "work", "root", "proc"} {
		m.directory(filepath.Join(base, dir))
	}
	m.mount("overlay", root, "overlay", 0, "lowerdir=/,upperdir="+base+"/upper,workdir="+base+"/work")
	for _, dir := range emptyDirs {
		m.empty(root + dir)
	}
	m.kernel(root)
	m.devices(root + "/dev")
	m.bind(s.Programs, root+programsDir)
	m.bind(base+"/upper", root+writtenDir)
	m.directory(root + standinsDir)
	m.file(root + standinsDir + "/program")
	m.mount(executable, root+standinsDir+"/program", "", unix.MS_BIND, "")
	if m.err != nil {
		return m.err
	}
	if err := errors.Join(unix.Chroot(root), os.Chdir("/")); err != nil {
		return fmt.Errorf("enter the root directory: %w", err)
	}
	return placeStandins()
}

// placeStandins puts the stand-ins first on the search path, and over the real
// programs for those who name them by their path.
func placeStandins() error {
	for name := range standins() {
		paths := []string{filepath.Join(standinsDir, name)}
		for _, dir := range []string{"/usr/bin", "/usr/sbin"} {
			path := filepath.Join(dir, name)
			if err := os.Remove(path); err == nil || dir == "/usr/sbin" {
				paths = append(paths, path)
			}
		}
		for _, path := range paths {
			if err := os.Symlink(standinsDir+"/program", path); err != nil {
				return fmt.Errorf("put the stand-ins in place: %w", err)
			}
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

// readOnly closes a mount and those in it.
func (m *mounter) readOnly(target string) {
	if m.err != nil {
		return
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, &attr); err != nil {
		m.err = fmt.Errorf("make %s read-only: %w", target, err)
	}
}

func (m *mounter) empty(target string) {
	m.directory(target)
	mode := "mode=0755"
	if filepath.Base(target) == "tmp" {
		mode = "mode=1777"
	}
	m.mount("tmpfs", target, "tmpfs", 0, mode)
}

func (m *mounter) bind(source, target string) {
	m.directory(target)
	m.mount(source, target, "", unix.MS_BIND, "")
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

// kernel mounts /proc and /sys. Of the kernel's settings only those of the
// machine's own network can be written.
func (m *mounter) kernel(root string) {
	m.mount("proc", base+"/proc", "proc", 0, "")
	m.mount("proc", root+"/proc", "proc", 0, "")
	m.mount(root+"/proc/sys", root+"/proc/sys", "", unix.MS_BIND, "")
	m.readOnly(root + "/proc/sys")
	m.mount(base+"/proc/sys/net", root+"/proc/sys/net", "", unix.MS_BIND, "")
	for name, value := range kernelSettings {
		file := filepath.Join(base, filepath.Base(name))
		if m.err == nil {
			m.err = os.WriteFile(file, []byte(value+"\n"), 0o600)
		}
		m.mount(file, root+"/proc/sys/"+name, "", unix.MS_BIND, "")
	}
	m.mount("/sys", root+"/sys", "", unix.MS_BIND|unix.MS_REC, "")
	m.readOnly(root + "/sys")
}

// devices are those that every program expects, and no disk.
func (m *mounter) devices(dev string) {
	m.mount("tmpfs", dev, "tmpfs", 0, "mode=0755")
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty", "kmsg"} {
		m.file(filepath.Join(dev, name))
		m.mount("/dev/"+name, filepath.Join(dev, name), "", unix.MS_BIND, "")
	}
	m.directory(filepath.Join(dev, filepath.Dir(strings.TrimPrefix(dataDisk, "/dev"))))
	m.file(filepath.Join(dev, strings.TrimPrefix(dataDisk, "/dev")))
	m.empty(dev + "/shm")
	m.directory(dev + "/pts")
	m.mount("devpts", dev+"/pts", "devpts", 0, "newinstance,ptmxmode=0666")
	for name, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if m.err == nil {
			m.err = os.Symlink(target, filepath.Join(dev, name))
		}
	}
}
