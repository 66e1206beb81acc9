// Package target is where a stack lives: on the emulator, with everything of
// its own, or for real, with the user's backend and credentials.
package target

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// StateDir is where hybridctl keeps what must outlive a command:
// $XDG_STATE_HOME/hybridctl, by default ~/.local/state/hybridctl.
func StateDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hybridctl"), nil
	}
	if dir := getenv("LocalAppData"); runtime.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "hybridctl"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("no place to keep state: set HOME or XDG_STATE_HOME")
	}
	return filepath.Join(home, ".local", "state", "hybridctl"), nil
}

// rehearsal is the emulator's own home. Nothing in it has to do with the
// user's Pulumi, so a rehearsal can never touch a real stack.
type rehearsal struct {
	// world is the emulated cloud, backend the stacks' state, home Pulumi's own
	// directory, work the project's, passphrase a file.
	world, backend, home, work, passphrase string
}

func rehearsalIn(stateDir string) rehearsal {
	root := filepath.Join(stateDir, "emulator")
	return rehearsal{
		world: filepath.Join(root, "world"), backend: filepath.Join(root, "backend"),
		home: filepath.Join(root, "home"), work: filepath.Join(root, "work"),
		passphrase: filepath.Join(root, "passphrase"),
	}
}

// make creates what is missing.
func (r rehearsal) make() error {
	for _, dir := range []string{r.world, r.backend, r.home, r.work} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the emulator's home: %w", err)
		}
	}
	pruneLogs(filepath.Join(r.home, "logs"), keptLogs)
	return makePassphrase(r.passphrase)
}

// makePassphrase writes a random passphrase unless there is one. Of two
// processes that do it at once, one wins and both use its.
func makePassphrase(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "passphrase-*")
	if err != nil {
		return fmt.Errorf("making the emulator's passphrase: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(rand.Text())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("making the emulator's passphrase: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("making the emulator's passphrase: %w", err)
	}
	return nil
}
