//go:build linux

// Package machine boots a machine from its custom data, in namespaces of this
// host. The machine has a root directory, a network card, a host name and
// processes of its own. Its custom data is applied and run as cloud-init would.
//
// What a machine does with its hardware and its package manager is stood in for:
// see standins.go for what that is. Everything else is the host's: bash, curl,
// openssl, python3, and the programs of Kubernetes that the caller gives.
//
// It needs root.
package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/vnet"
)

// Spec says what machine it is.
type Spec struct {
	// Name is the host name.
	Name string
	// CustomData is what Azure hands to the machine: a cloud-config document,
	// compressed or not.
	CustomData []byte
	// Programs is a directory with kubeadm, kubectl, kubelet, etcd and the
	// programs of the control plane.
	Programs string
	// Authority is a further certificate that programs on the machine trust, in
	// PEM.
	Authority string
	// Environment is added to what all programs of the machine see, as NAME=value.
	Environment []string
	// Card is filled in by Start.
	Card vnet.Card
}

// Machine is a machine that has been started.
type Machine struct {
	Spec
	// Started is when it was switched on.
	Started time.Time

	log     *bytes.Buffer
	process *exec.Cmd
	power   io.WriteCloser
	ended   chan struct{}
}

// specVariable tells a program that it is a machine's first process.
const specVariable = "BOOT_MACHINE"

// Start switches a machine on. The program that calls it must call Main first
// thing, because it becomes the machine's first process. The machine ends with
// the caller.
func Start(ctx context.Context, spec Spec, attach func(pid int) (vnet.Card, error)) (*Machine, error) {
	m := &Machine{Spec: spec, Started: time.Now(), log: &bytes.Buffer{}, ended: make(chan struct{})}
	m.process = exec.Command("/proc/self/exe")
	m.process.Env = append(os.Environ(), specVariable+"=1")
	m.process.Stdout, m.process.Stderr = m.log, m.log
	m.process.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
	}
	var err error
	if m.power, err = m.process.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start machine %s: %w", spec.Name, err)
	}
	if err := m.process.Start(); err != nil {
		return nil, fmt.Errorf("start machine %s: %w", spec.Name, err)
	}
	go func() {
		_ = m.process.Wait()
		close(m.ended)
	}()
	if m.Card, err = attach(m.process.Process.Pid); err == nil {
		err = json.NewEncoder(m.power).Encode(m.Spec)
	}
	if err == nil {
		err = m.waitFor(ctx, readyFile)
	}
	if err != nil {
		m.Kill()
		return nil, fmt.Errorf("start machine %s: %w\n%s", spec.Name, err, m.log)
	}
	return m, nil
}

// Restart cuts the power and gives it back: every program ends at once, disks keep what
// is on them, and what is enabled starts again. [Machine.Booted] then waits for that.
func (m *Machine) Restart(ctx context.Context) error {
	if _, err := io.WriteString(m.power, restartCommand); err != nil {
		return fmt.Errorf("restart %s: %w", m.Name, err)
	}
	return m.waitFor(ctx, restartedFile)
}

// Kill cuts the power. Nothing on the machine survives.
func (m *Machine) Kill() {
	_ = m.process.Process.Kill()
	<-m.ended
}

// Run runs a program on the machine to its end and returns what it prints.
func (m *Machine) Run(ctx context.Context, command ...string) (string, error) {
	arguments := []string{
		"--target", strconv.Itoa(m.process.Process.Pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--root",
		"env", "--ignore-environment", "--chdir=/", "PATH=" + searchPath(), "HOME=/root", "LANG=C.UTF-8",
	}
	if deadline, ok := ctx.Deadline(); ok {
		// nsenter's end is not that of what it has started.
		seconds := max(1, int(time.Until(deadline).Seconds()))
		arguments = append(arguments, "timeout", "--kill-after=1", strconv.Itoa(seconds))
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(arguments, command...)...)
	cmd.WaitDelay = 2 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %s: %w", m.Name, strings.Join(command, " "), err)
	}
	return string(out), nil
}

// open opens a file of the machine as the machine sees it: links lead to the
// machine's files.
func (m *Machine) open(path string) (*os.File, error) {
	root, err := os.Open(m.root())
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	file, err := unix.Openat2(int(root.Fd()), strings.TrimPrefix(path, "/"), &how)
	if err != nil {
		return nil, &fs.PathError{Op: "open on " + m.Name, Path: path, Err: err}
	}
	return os.NewFile(uintptr(file), path), nil
}

func (m *Machine) root() string {
	return filepath.Join("/proc", strconv.Itoa(m.process.Process.Pid), "root")
}

// Read reads a file of the machine.
func (m *Machine) Read(path string) (string, error) {
	file, err := m.open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	return string(data), err
}

// Has says whether the machine has a file.
func (m *Machine) Has(path string) (bool, error) {
	file, err := m.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, file.Close()
}

// Files lists the paths on the machine that match patterns of the shell.
func (m *Machine) Files(patterns ...string) ([]string, error) {
	var paths []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(m.root(), pattern))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", m.Name, pattern, err)
		}
		for _, path := range found {
			paths = append(paths, strings.TrimPrefix(path, m.root()))
		}
	}
	return paths, nil
}

// Calls are the lines that the stand-ins wrote down: the program's name and its
// arguments.
func (m *Machine) Calls() ([]string, error) {
	text, err := m.Read(standinsLog)
	return strings.Split(strings.TrimSpace(text), "\n"), err
}

// Pulled lists the images that the machine has pulled, each once, sorted.
func (m *Machine) Pulled() ([]string, error) {
	calls, err := m.Calls()
	var images []string
	for _, call := range calls {
		if image, ok := strings.CutPrefix(call, pulled+" "); ok {
			images = append(images, image)
		}
	}
	slices.Sort(images)
	return slices.Compact(images), err
}

// Booted waits until the custom data has been run, with the units that it has started
// without waiting for them, and says how it ended.
func (m *Machine) Booted(ctx context.Context) error {
	if err := m.waitFor(ctx, bootedFile); err != nil {
		return err
	}
	result, err := m.Read(bootedFile)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	if result = strings.TrimSpace(result); result != "" {
		return fmt.Errorf("%s: the first boot failed: %s", m.Name, result)
	}
	return nil
}

// waitFor waits for a file of the machine.
func (m *Machine) waitFor(ctx context.Context, path string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		there, err := m.Has(path)
		if there || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-m.ended:
			return fmt.Errorf("%s has ended: %s", m.Name, m.log)
		case <-ctx.Done():
			return fmt.Errorf("%s: waiting for %s: %w", m.Name, path, context.Cause(ctx))
		}
	}
}
