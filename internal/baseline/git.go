// Package baseline reads what a cluster's definition was at another commit, and
// fills the blanks of two definitions alike, so that they can be compared without
// any secret.
package baseline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tree is the files of a commit.
type Tree struct {
	// Commit is its full hash.
	Commit string
	top    string
}

// Open finds a commit in the git repository that dir is in. ref is anything that
// names one: a branch, a tag, a hash, origin/main~2. Nothing is fetched.
func Open(ctx context.Context, dir, ref string) (*Tree, error) {
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("--base needs a git repository: %w", err)
	}
	commit, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("--base: git knows no commit %q here; fetch it first (a shallow checkout has only its own: fetch-depth: 0)", ref)
	}
	return &Tree{Commit: strings.TrimSpace(string(commit)), top: resolved(strings.TrimRight(string(top), "\r\n"))}, nil
}

// Read reads a file as it was, by its path of today. A file that was not there is
// an [fs.ErrNotExist].
func (t *Tree) Read(ctx context.Context, path string) ([]byte, error) {
	name, err := t.name(path)
	if err != nil {
		return nil, err
	}
	// ls-tree tells what is absent from what is no file, whatever language git
	// speaks.
	entry, err := git(ctx, t.top, "ls-tree", "-z", "--full-tree", t.Commit, "--", ":(literal)"+name)
	if err != nil {
		return nil, err
	}
	if len(entry) == 0 {
		return nil, fmt.Errorf("%s at %.10s: %w", name, t.Commit, fs.ErrNotExist)
	}
	fields := strings.Fields(string(entry))
	if len(fields) < 3 || fields[1] != "blob" || fields[0] == "120000" {
		return nil, fmt.Errorf("%s is no regular file at %.10s", name, t.Commit)
	}
	// cat-file applies no filter and no textconv: nothing of the repository runs.
	return git(ctx, t.top, "cat-file", "blob", fields[2])
}

// name is a path as git has it, from the top of the repository.
func (t *Tree) name(path string) (string, error) {
	name, err := filepath.Rel(t.top, filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path)))
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("--base: %s is outside of the git repository %s", path, t.top)
	}
	return filepath.ToSlash(name), nil
}

// resolved follows symbolic links, as far as there is something to follow: a
// folder of the base may be gone.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(resolved(parent), filepath.Base(path))
}

// git runs git for its output. The repository may be somebody else's, so nothing
// that its configuration names is run.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "--no-optional-locks"}, args...)...)
	cmd.Dir = dir
	// In a partial clone git would fetch what it lacks, from where the repository's
	// configuration says. Before 2.45 it knows no other way to leave that than to
	// allow no protocol: https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
	cmd.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("git is not installed")
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}
