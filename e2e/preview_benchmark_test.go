package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkPreview holds the report of a pull request against the engine's bare
// preview of as many resources:
//
//	go test ./e2e -run - -bench Preview -benchtime 5x
func BenchmarkPreview(b *testing.B) {
	example, err := os.ReadFile("../examples/windows-hybrid.json")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "c.json"), example, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	for name, args := range map[string][]string{
		"bare":   {"preview", "-q", "-f", "c.json", "--emulator"},
		"report": {"preview", "-q", "-f", "c.json", "--base", "HEAD", "--format", "markdown"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(binary, args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+b.TempDir())
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
}
