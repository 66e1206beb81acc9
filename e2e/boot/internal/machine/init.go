//go:build linux

package machine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
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
	// readyFile is there when the machine can run programs, and before it looks at
	// its custom data.
	readyFile = "/run/machine-ready"
	// bootedFile is there when the custom data has been run: empty, or with what
	// went wrong.
	bootedFile = "/run/machine-booted"
	// restartCommand on the standard input restarts the machine, and restartedFile is
	// there when that has begun anew.
	restartCommand = "restart\n"
	restartedFile  = "/run/machine-restarted"
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
	for _, variable := range spec.Environment {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	units, err := serveUnits()
	if err := errors.Join(err, spec.identify(), spec.plugIn()); err != nil {
		return err
	}
	if err := os.WriteFile(readyFile, nil, 0o600); err != nil {
		return fmt.Errorf("say that the machine is there: %w", err)
	}
	go units.boot(0, spec.runCustomData)
	for {
		command, err := input.ReadString('\n')
		if err != nil {
			return nil //nolint:nilerr // whoever started the machine is gone, and so it ends
		}
		if command == restartCommand {
			if err := units.restart(); err != nil {
				return err
			}
		}
	}
}

// searchPath is the host's, so that its interpreters are found, behind a
// server's and the stand-ins.
func searchPath() string {
	return standinsDir + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:" + os.Getenv("PATH")
}

// nameservers name Azure's DNS server. The kubelet reads them where Ubuntu's resolver
// keeps them, if it is told to: https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#known-issues
const nameservers = "nameserver 168.63.129.16\n"

// identify gives the machine a name, a DNS server and somebody to trust.
func (s Spec) identify() error {
	bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return fmt.Errorf("read whom the host trusts: %w", err)
	}
	files := map[string]string{
		"/etc/hostname":                      s.Name + "\n",
		"/etc/hosts":                         "127.0.0.1 localhost\n",
		"/etc/resolv.conf":                   nameservers,
		"/run/systemd/resolve/resolv.conf":   nameservers,
		"/etc/fstab":                         "",
		"/etc/ssl/certs/ca-certificates.crt": string(bundle) + s.Authority,
		"/etc/default/kubelet":               kubeletDefaults,
	}
	for path, content := range files {
		// A link may lead elsewhere.
		_ = os.Remove(path)
		if err := writeFile(path, content, 0o644); err != nil {
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

// leaveResult leaves a file that says how a boot went.
func leaveResult(err error) {
	result := ""
	if err != nil {
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
