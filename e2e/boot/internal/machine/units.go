//go:build linux

package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// unitsSocket is where systemctl asks.
const unitsSocket = "/run/units.sock"

// restartDelay is shorter than that of the real units: nothing on the machine is
// so slow.
const restartDelay = time.Second

// units runs services. It knows of each what the unit's file says. Units that
// have no file are the image's own, such as apt's timers: they can be switched
// on and off without anything happening.
type units struct {
	mu      sync.Mutex
	running map[string]*service
	enabled map[string]bool
	// failed are the units that ended by themselves, and not well.
	failed map[string]error
	// background are the units that were started without waiting for them. A boot is
	// over when they have ended.
	background map[string]bool
	// starts counts the restarts of the machine: who waits for a boot that was cut off
	// has nothing to say of the next one.
	starts int
}

// service is a unit that has been started.
type service struct {
	process  *os.Process
	stopping bool
	ended    chan struct{}
	// result is the process's, once it has ended.
	result error
}

// systemctlReply is what the systemctl command prints and ends with.
type systemctlReply struct {
	Code   int
	Output string
}

func serveUnits() (*units, error) {
	listener, err := net.Listen("unix", unitsSocket) //nolint:noctx // as long as the machine
	if err != nil {
		return nil, fmt.Errorf("serve systemctl: %w", err)
	}
	u := &units{running: map[string]*service{}, enabled: map[string]bool{}, failed: map[string]error{}, background: map[string]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				var arguments []string
				if json.NewDecoder(conn).Decode(&arguments) == nil {
					_ = json.NewEncoder(conn).Encode(u.systemctl(arguments))
				}
			}()
		}
	}()
	return u, nil
}

func (u *units) systemctl(arguments []string) systemctlReply {
	immediately, waits := slices.Contains(arguments, "--now"), !slices.Contains(arguments, "--no-block")
	words := slices.DeleteFunc(slices.Clone(arguments), func(s string) bool { return strings.HasPrefix(s, "-") })
	if len(words) == 0 {
		return systemctlReply{Code: 1, Output: "no command\n"}
	}
	verb, reply := words[0], systemctlReply{}
	if verb == "is-system-running" {
		return systemctlReply{Output: "running\n"}
	}
	for _, name := range words[1:] {
		if !strings.Contains(name, ".") {
			name += ".service"
		}
		if !waits {
			u.mu.Lock()
			u.background[name] = true
			u.mu.Unlock()
		}
		code, output := u.one(verb, name, immediately)
		reply.Output += output
		reply.Code = max(reply.Code, code)
	}
	return reply
}

// one does what systemctl does to one unit.
func (u *units) one(verb, name string, immediately bool) (int, string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, err := readUnit(name)
	known := err == nil
	if !known && !errors.Is(err, errNoUnit) {
		return 1, err.Error() + "\n"
	}
	active := u.running[name] != nil
	switch verb {
	case "enable", "disable":
		u.enabled[name] = verb == "enable"
		if immediately && known {
			return u.change(map[string]string{"enable": "start", "disable": "stop"}[verb], name)
		}
	case "start", "stop", "restart":
		if known {
			return u.change(verb, name)
		}
	case "is-active", "status":
		switch {
		case !known:
			return 4, "Unit " + name + " could not be found.\n"
		case !active:
			return 3, "inactive\n"
		}
		return 0, "active\n"
	case "is-enabled":
		if !u.enabled[name] {
			return 1, "disabled\n"
		}
		return 0, "enabled\n"
	case "show": // --property=ActiveState --value, which is all that is asked for here
		switch {
		case active:
			return 0, "active\n"
		case u.failed[name] != nil:
			return 0, "failed\n"
		}
		return 0, "inactive\n"
	case "mask", "unmask":
	default:
		return 1, "unknown command " + verb + "\n"
	}
	return 0, ""
}

func (u *units) change(verb, name string) (int, string) {
	if verb != "start" {
		u.stop(name)
	}
	if verb != "stop" && u.running[name] == nil {
		if err := u.start(name); err != nil {
			return 1, fmt.Sprintf("Job for %s failed: %v\n", name, err)
		}
	}
	return 0, ""
}

func (u *units) start(name string) error {
	unit, err := readUnit(name)
	if err != nil || !unit.meets() {
		return err
	}
	delete(u.failed, name)
	if isMount(name) {
		return u.mount(unit, name)
	}
	for _, line := range unit.pre {
		path, optional := strings.CutPrefix(line, "-")
		if err := runToEnd(unit, path, name); err != nil && !optional {
			return err
		}
	}
	if unit.kind == "oneshot" {
		if err := runToEnd(unit, unit.start[0], name); err != nil {
			return err
		}
		u.running[name] = &service{}
		return nil
	}
	s := &service{}
	if err := s.launch(unit, name); err != nil {
		return err
	}
	u.running[name] = s
	go u.watch(s, name)
	return nil
}

// watch starts a service again that ends by itself, if its unit says so.
func (u *units) watch(s *service, name string) {
	for {
		<-s.ended
		unit, err := readUnit(name)
		if unit.restart != "" {
			time.Sleep(restartDelay)
		}
		u.mu.Lock()
		if err == nil && !s.stopping && s.result != nil && unit.restart == "" {
			u.failed[name] = s.result
		}
		again := err == nil && !s.stopping && unit.restart == "always" && s.launch(unit, name) == nil
		if !again && u.running[name] == s {
			delete(u.running, name)
		}
		u.mu.Unlock()
		if !again {
			return
		}
	}
}

func (u *units) stop(name string) {
	s := u.running[name]
	delete(u.running, name)
	if s == nil || s.process == nil {
		return
	}
	s.stopping = true
	_ = s.process.Signal(syscall.SIGTERM)
	patience := time.NewTimer(10 * time.Second)
	defer patience.Stop()
	select {
	case <-s.ended:
	case <-patience.C:
		_ = s.process.Kill()
		<-s.ended
	}
}

func (s *service) launch(unit unitFile, name string) error {
	cmd, log, err := prepare(unit, unit.start[0], name)
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	ended := make(chan struct{})
	s.process, s.ended = cmd.Process, ended
	go func() {
		s.result = cmd.Wait()
		_ = log.Close()
		for _, line := range unit.post {
			s.result = errors.Join(s.result, runToEnd(unit, line, name))
		}
		close(ended)
	}()
	return nil
}

func runToEnd(unit unitFile, line, name string) error {
	cmd, log, err := prepare(unit, line, name)
	if err != nil {
		return err
	}
	return errors.Join(cmd.Run(), log.Close())
}

// prepare makes a command of a unit's line. A shell reads the line: what systemd
// makes of quotes and of $NAME as a word of its own is the same for the lines
// here. What the command prints goes to the log that journalctl reads.
func prepare(unit unitFile, line, name string) (*exec.Cmd, *os.File, error) {
	variables, err := unit.variables()
	if err != nil {
		return nil, nil, err
	}
	log, err := os.OpenFile(unitLog(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("bash", "-c", "exec "+line)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.Env = append(os.Environ(), variables...)
	return cmd, log, nil
}

func unitLog(name string) string {
	return "/var/log/unit-" + strings.TrimSuffix(name, ".service") + ".log"
}
