//go:build linux

package machine

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dataDisk is the disk on lun 0, as Azure names it. Its text says what file system is on
// it, as lsblk does; what is in the file system is in memory.
const dataDisk = "/dev/disk/azure/scsi1/lun0"

// etcdFileSystem is what the disk says of itself once it has been formatted.
const etcdFileSystem = "ext4 etcd_disk"

// mount mounts the file system of the disk on lun 0.
func (u *units) mount(unit unitFile, name string) error {
	if unit.what != "/dev/disk/by-label/etcd_disk" {
		return fmt.Errorf("%s: there is no %s", name, unit.what)
	}
	found, err := os.ReadFile(dataDisk)
	if err != nil || strings.TrimSpace(string(found)) != etcdFileSystem {
		return fmt.Errorf("%s: the disk holds %q", name, found)
	}
	if err := os.MkdirAll(unit.where, 0o755); err != nil { //nolint:gosec // as systemd does
		return err
	}
	if err := unix.Mount("tmpfs", unit.where, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	u.running[name] = &service{}
	return nil
}

// wait waits until the units that run in the background have ended, and says which of
// them failed.
func (u *units) wait() error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		u.mu.Lock()
		var faults []error
		busy := false
		for _, name := range slices.Sorted(maps.Keys(u.background)) {
			busy = busy || u.running[name] != nil
			if err := u.failed[name]; err != nil {
				faults = append(faults, fmt.Errorf("unit %s: %w", name, err))
			}
		}
		u.mu.Unlock()
		if !busy {
			return errors.Join(faults...)
		}
	}
}

// restart ends every program but this one at once, and starts what is enabled. Files
// stay, but for those that say how far a boot is; mounts stay, as a disk would be
// mounted again.
func (u *units) restart() error {
	u.mu.Lock()
	for _, s := range u.running {
		s.stopping = true
	}
	// From the first process of a PID namespace this reaches all others of it.
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		u.mu.Unlock()
		return fmt.Errorf("restart: %w", err)
	}
	for name, s := range u.running {
		if s.process != nil {
			<-s.ended
		}
		if !isMount(name) {
			delete(u.running, name)
		}
	}
	u.failed = map[string]error{}
	u.starts++
	start := u.starts
	_ = os.Remove(bootedFile)
	u.mu.Unlock()
	if err := os.WriteFile(restartedFile, nil, 0o600); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	go u.boot(start, u.startEnabled)
	return nil
}

// boot does what a start of the machine begins with, waits for what that leaves in the
// background, and writes down how it went, unless the machine has been restarted since.
func (u *units) boot(start int, begin func() error) {
	err := errors.Join(begin(), u.wait())
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.starts == start {
		leaveResult(err)
	}
}

// startEnabled starts what is enabled, mounts first.
func (u *units) startEnabled() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	names := slices.Sorted(maps.Keys(u.enabled))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case isMount(a) == isMount(b):
			return 0
		case isMount(a):
			return -1
		}
		return 1
	})
	var faults []error
	for _, name := range names {
		if _, err := readUnit(name); err == nil && u.enabled[name] && u.running[name] == nil {
			// What cannot start yet is not the boot's fault: the kubelet's own unit
			// goes on trying.
			if err := u.start(name); err != nil && u.background[name] {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}
