//go:build linux

package machine

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unitDirs are where systemd looks for units, the most important first.
var unitDirs = []string{"/etc/systemd/system", "/usr/lib/systemd/system"}

// unitFile is what the machine knows of a unit and its drop-ins.
type unitFile struct {
	kind, restart           string
	pre, start, post, files []string
	environment             []string
	// conditions are paths that must be there, or with '!' must not.
	conditions []string
	// what and where are those of a mount.
	what, where string
}

// meets says whether the machine is as the unit's conditions want it.
func (u *unitFile) meets() bool {
	for _, condition := range u.conditions {
		path, absent := strings.CutPrefix(condition, "!")
		if _, err := os.Stat(path); (err == nil) == absent {
			return false
		}
	}
	return true
}

// errNoUnit says that there is no such unit.
var errNoUnit = errors.New("could not be found")

func readUnit(name string) (unitFile, error) {
	var paths []string
	for _, dir := range unitDirs {
		if path := filepath.Join(dir, name); isRegular(path) {
			paths = append(paths, path)
			break
		}
	}
	if len(paths) == 0 {
		return unitFile{}, fmt.Errorf("unit %s %w", name, errNoUnit)
	}
	var dropIns []string
	for _, dir := range unitDirs {
		found, err := filepath.Glob(filepath.Join(dir, name+".d", "*.conf"))
		if err != nil {
			return unitFile{}, fmt.Errorf("unit %s: %w", name, err)
		}
		dropIns = append(dropIns, found...)
	}
	// By name, wherever they lie.
	slices.SortStableFunc(dropIns, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	paths = append(paths, dropIns...)
	unit := unitFile{kind: "simple"}
	for _, path := range paths {
		if err := unit.read(path); err != nil {
			return unitFile{}, fmt.Errorf("unit %s: %w", name, err)
		}
	}
	if isMount(name) {
		if unit.what == "" || unit.where == "" {
			return unitFile{}, fmt.Errorf("unit %s: it has no What or no Where", name)
		}
		return unit, nil
	}
	if len(unit.start) != 1 {
		return unitFile{}, fmt.Errorf("unit %s: it has %d ExecStart lines", name, len(unit.start))
	}
	return unit, nil
}

func (u *unitFile) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		u.set(strings.TrimSpace(key), strings.TrimSpace(value))
	}
	return nil
}

// set keeps a setting. Their names say what they mean in any section.
func (u *unitFile) set(key, value string) {
	list := map[string]*[]string{
		"ExecStartPre": &u.pre, "ExecStart": &u.start, "ExecStopPost": &u.post, "EnvironmentFile": &u.files, "Environment": &u.environment,
		"ConditionPathExists": &u.conditions,
	}[key]
	switch {
	case list != nil && value == "":
		*list = nil // an empty value takes back what was there
	case list != nil:
		*list = append(*list, strings.Trim(value, `"`))
	case key == "Type":
		u.kind = value
	case key == "Restart":
		u.restart = value
	case key == "What":
		u.what = value
	case key == "Where":
		u.where = value
	}
}

// variables are those of the unit and its files, as NAME=value. A file with '-'
// before its name need not exist.
func (u *unitFile) variables() ([]string, error) {
	lines := slices.Clone(u.environment)
	for _, file := range u.files {
		path, optional := strings.CutPrefix(file, "-")
		data, err := os.ReadFile(path)
		if optional && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, strings.Split(string(data), "\n")...)
	}
	var variables []string
	for _, line := range lines {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			variables = append(variables, name+"="+strings.Trim(value, `"'`))
		}
	}
	return variables, nil
}

func isMount(name string) bool { return strings.HasSuffix(name, ".mount") }

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
