//go:build linux

package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// iptablesRules has a line for each rule and chain that iptables was told, with its
// table first. A restart of the machine empties it.
const iptablesRules = "/run/iptables-rules"

// iptables keeps the rules that it is told, and answers for them as iptables does. Of
// what they do, it does one thing: connections of this machine to an address that is
// redirected to the machine itself end at the machine. The address of the rule is on
// the loopback device for as long as the rule is there.
func iptables(arguments []string) int {
	table, arguments := tableOf(arguments)
	if len(arguments) < 2 || !slices.Contains([]string{"-N", "-C", "-A", "-I", "-D", "-F"}, arguments[0]) {
		return 0
	}
	lock, err := os.OpenFile(iptablesRules+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = lock.Close() }()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fail(err)
	}
	rules, err := readRules()
	if err != nil {
		return fail(err)
	}
	rules, ok := changed(rules, arguments[0], strings.Join(append([]string{table}, arguments[1:]...), " "))
	if !ok {
		return 1
	}
	if err := errors.Join(redirect(rules), os.WriteFile(iptablesRules, []byte(strings.Join(rules, "\n")), 0o600)); err != nil {
		return fail(err)
	}
	return 0
}

// changed are the rules after a command. It says no where iptables does: a chain that
// is there already, a rule that is not.
func changed(rules []string, command, rule string) ([]string, bool) {
	at := slices.Index(rules, rule)
	switch command {
	case "-C":
		return rules, at >= 0
	case "-N":
		if at >= 0 {
			return rules, false
		}
	case "-D":
		if at < 0 {
			return rules, false
		}
		return slices.Delete(rules, at, at+1), true
	case "-F":
		return slices.DeleteFunc(rules, func(r string) bool { return strings.HasPrefix(r, rule+" ") }), true
	}
	return append(rules, rule), true
}

// tableOf takes the table out of the arguments, and the numbers for how long to wait
// and where to insert.
func tableOf(arguments []string) (table string, rest []string) {
	table = "filter"
	for i := 0; i < len(arguments); i++ {
		switch word := arguments[i]; word {
		case "-w", "--wait", "-W":
		case "-t", "--table":
			if i++; i < len(arguments) {
				table = arguments[i]
			}
		default:
			if _, err := strconv.Atoi(word); err != nil || i > 0 && strings.HasPrefix(arguments[i-1], "--") {
				rest = append(rest, word)
			}
		}
	}
	return table, rest
}

func readRules() ([]string, error) {
	data, err := os.ReadFile(iptablesRules)
	if errors.Is(err, fs.ErrNotExist) || len(data) == 0 {
		return nil, nil
	}
	return strings.Split(string(data), "\n"), err
}

// redirect gives the machine the addresses that a chain leads to it, where the chain
// has a way in from the machine's own programs, and takes all others away.
func redirect(rules []string) error {
	led := map[string]bool{}
	for _, r := range rules {
		words := strings.Fields(r)
		if i := slices.Index(words, "-d"); i > 0 && i+1 < len(words) && slices.Contains(words, "REDIRECT") {
			led[words[i+1]] = led[words[i+1]] || slices.Contains(rules, "nat OUTPUT -j "+words[1])
		}
	}
	out, err := exec.Command("ip", "-o", "-4", "addr", "show", "dev", "lo").Output() //nolint:noctx // it does not wait
	if err != nil {
		return fmt.Errorf("ask for the machine's own addresses: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		address := words[slices.Index(words, "inet")+1]
		switch {
		case led[address]:
			delete(led, address)
		case !strings.HasPrefix(address, "127."):
			if err := loopback("del", address); err != nil {
				return err
			}
		}
	}
	for address, reached := range led {
		if reached {
			if err := loopback("add", address); err != nil {
				return err
			}
		}
	}
	return nil
}

func loopback(what, address string) error {
	if out, err := exec.Command("ip", "addr", what, address, "dev", "lo").CombinedOutput(); err != nil { //nolint:noctx // the machine's own network
		return fmt.Errorf("ip addr %s %s: %w: %s", what, address, err, out)
	}
	return nil
}
