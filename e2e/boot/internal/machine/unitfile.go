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

// unitFile is the [Service] section of a unit with its drop-ins.
type unitFile struct {
	kind, restart     string
	pre, start, files []string
	environment       []string
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
	section := ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || section != "[Service]" || strings.HasPrefix(line, "#") {
			continue
		}
		u.set(strings.TrimSpace(key), strings.TrimSpace(value))
	}
	return nil
}

func (u *unitFile) set(key, value string) {
	list := map[string]*[]string{
		"ExecStartPre": &u.pre, "ExecStart": &u.start, "EnvironmentFile": &u.files, "Environment": &u.environment,
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

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
