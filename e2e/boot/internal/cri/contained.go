//go:build linux

package cri

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Contained is the name under which a machine's program starts a container: in a
// mount namespace of its own, it calls Enter.
const Contained = "contained"

// containment is what a container sees of its machine, and what runs in it.
type containment struct {
	Mounts    []seen   `json:"mounts"`
	Program   string   `json:"program"`
	Arguments []string `json:"arguments"`
}

type seen struct {
	Host, Container string
	ReadOnly        bool
}

// system is what stands in for the image: the machine's programs and what they need
// of the kernel, and nothing of its state.
var system = []string{"/usr", "/opt", "/proc", "/sys", "/dev", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"}

// links are directories that are links to /usr on a machine of today.
var links = []string{"/bin", "/sbin", "/lib", "/lib64"}

func (c *container) containment() (string, error) {
	inside := containment{Program: c.program, Arguments: c.arguments}
	for _, m := range c.config.GetMounts() {
		inside.Mounts = append(inside.Mounts, seen{m.GetHostPath(), m.GetContainerPath(), m.GetReadonly()})
	}
	text, err := json.Marshal(inside)
	return string(text), err
}

// Enter makes a root directory with what a container may see, and becomes its
// program. It returns only what went wrong.
func Enter(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("a container has one description")
	}
	var inside containment
	if err := json.Unmarshal([]byte(arguments[0]), &inside); err != nil {
		return fmt.Errorf("read the container's description: %w", err)
	}
	root, err := os.MkdirTemp("/run", "contained-")
	if err != nil {
		return fmt.Errorf("make the container's root: %w", err)
	}
	if err := errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("tmpfs", root, "tmpfs", 0, "mode=0755"),
		os.Mkdir(filepath.Join(root, "tmp"), 0o1777), //nolint:gosec // as every /tmp
	); err != nil {
		return fmt.Errorf("make the container's root: %w", err)
	}
	for _, path := range system {
		if err := bind(path, filepath.Join(root, path), false); err != nil {
			return err
		}
	}
	for _, path := range links {
		target, err := os.Readlink(path)
		if err == nil {
			err = os.Symlink(target, filepath.Join(root, path))
		} else {
			err = bind(path, filepath.Join(root, path), false)
		}
		if err != nil {
			return fmt.Errorf("show %s to the container: %w", path, err)
		}
	}
	for _, m := range inside.Mounts {
		if err := bind(m.Host, filepath.Join(root, m.Container), m.ReadOnly); err != nil {
			return err
		}
	}
	if err := errors.Join(unix.Chroot(root), os.Chdir("/")); err != nil {
		return fmt.Errorf("enter the container: %w", err)
	}
	return unix.Exec(inside.Program, append([]string{inside.Program}, inside.Arguments...), os.Environ())
}

// bind shows a file or a directory, if it is there.
func bind(from, to string, readOnly bool) error {
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("show %s to the container: %w", from, err)
	}
	if info.IsDir() {
		err = os.MkdirAll(to, 0o755) //nolint:gosec // others run programs from here
	} else if err = os.MkdirAll(filepath.Dir(to), 0o755); err == nil { //nolint:gosec // as above
		err = os.WriteFile(to, nil, 0o600)
	}
	if err == nil {
		err = unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err == nil && readOnly {
		err = unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("show %s to the container: %w", from, err)
	}
	return nil
}
