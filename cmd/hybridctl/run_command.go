package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/hybridcluster/hybridcluster/internal/child"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// start starts the command, with a kubeconfig that is gone when it has ended.
func (r *ephemeral) start(ctx context.Context) (lifetime.Process, error) {
	// The command may be another hybridctl, and ours is not needed meanwhile.
	err := r.target.Close()
	r.target = nil
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hybridctl-run-")
	if err != nil {
		return nil, fmt.Errorf("making room for the kubeconfig: %w", err)
	}
	p, err := r.startIn(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return tidy{p, dir}, nil
}

func (r *ephemeral) startIn(ctx context.Context, dir string) (*child.Process, error) {
	path := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, []byte(r.kubeconfig), 0o600); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	set, err := outputVariables(r.summary.Outputs)
	if err != nil {
		return nil, err
	}
	set["KUBECONFIG"], set["HYBRIDCTL_STACK"] = path, r.name
	if r.app.global.emulator {
		set["HYBRIDCTL_EMULATOR"] = "1"
	}
	if r.app.global.backend != "" {
		set["PULUMI_BACKEND_URL"] = r.app.global.backend
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return child.Start(child.Command{
		Args: r.args, Dir: r.app.dir, Env: engine.Environment{Base: r.app.environ, Set: set}.List(),
		Stdin: r.app.stdin, Stdout: r.app.stdout, Stderr: r.app.stderr,
	})
}

// outputVariables are a stack's outputs as environment variables.
func outputVariables(outputs map[string]any) (map[string]string, error) {
	set := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		text, err := outputText(outputs[name])
		if err != nil {
			return nil, err
		}
		set[variable(name)] = text
		if name == stacks.OutputWorkloadURL {
			set["WORKLOAD_URL"] = text
		}
	}
	return set, nil
}

// variable is an output's variable: apiServer is HYBRIDCTL_OUTPUT_API_SERVER.
func variable(output string) string {
	var b strings.Builder
	b.WriteString("HYBRIDCTL_OUTPUT_")
	previous := '_'
	for _, r := range output {
		if unicode.IsUpper(r) && unicode.IsLower(previous) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
		previous = r
	}
	return b.String()
}

// tidy is a command that leaves no kubeconfig behind.
type tidy struct {
	*child.Process
	dir string
}

func (t tidy) Wait() (int, error) {
	code, err := t.Process.Wait()
	return code, errors.Join(err, os.RemoveAll(t.dir))
}
