package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/components/workload"
	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// summary is what up ends with, and its JSON document.
type summary struct {
	Stack string `json:"stack"`
	// Outcome is succeeded, failed or interrupted.
	Outcome string `json:"outcome"`
	// Changes counts resources by operation.
	Changes map[string]int `json:"changes"`
	// Outputs are those that are not secret.
	Outputs     map[string]any      `json:"outputs,omitempty"`
	Nodes       []access.Node       `json:"nodes,omitempty"`
	Workload    *access.Workload    `json:"workload,omitempty"`
	Diagnostics []engine.Diagnostic `json:"diagnostics,omitempty"`
	// Unplaced is why pods of the workload find no node, where that is what failed.
	Unplaced *access.Unplaced `json:"unplaced,omitempty"`
	// LockedBy are the runs that hold the stack, where that is why it failed.
	LockedBy []engine.Holder `json:"lockedBy,omitempty"`
}

// inspect reads the cluster that a stack's outputs describe.
func (a *app) inspect(ctx context.Context, t *target.Target, name string, outs map[string]engine.Output) (summary, error) {
	sum := summary{Stack: name, Outputs: map[string]any{}}
	for key, v := range outs {
		if !v.Secret {
			sum.Outputs[key] = v.Value
		}
	}
	cluster, err := a.connect(t, outs)
	if err != nil {
		return sum, err
	}
	declared, err := access.Declared(outs[stacks.OutputNodes].Value)
	if err != nil {
		return sum, err
	}
	if sum.Nodes, err = access.Nodes(ctx, cluster, declared); err != nil {
		return sum, err
	}
	url, served := outs[stacks.OutputWorkloadURL].Value.(string)
	if !served {
		return sum, nil
	}
	w, err := access.Deployment(ctx, cluster, "default", workload.Name)
	if err != nil {
		return sum, err
	}
	w.URL = url
	sum.Workload = &w
	return sum, nil
}

// connect reaches the cluster's API server, emulated or not.
func (a *app) connect(t *target.Target, outs map[string]engine.Output) (dynamic.Interface, error) {
	kubeconfig, err := kubeconfigIn(outs)
	if err != nil {
		return nil, err
	}
	if w := t.World(); w != nil {
		return w.Cluster(kubeconfig)
	}
	return access.Connect(kubeconfig)
}

// printSummary ends an up.
func (a *app) printSummary(sum summary) error {
	if a.global.output == "json" {
		return a.printJSON(sum)
	}
	if err := report.WriteNodes(a.stdout, sum.Nodes, time.Now()); err != nil {
		return err
	}
	if sum.Workload != nil {
		a.outf("\n%s\n", report.WorkloadLine(*sum.Workload))
	}
	if server, ok := sum.Outputs[stacks.OutputAPIServer].(string); ok {
		a.outf("API server: %s\n", server)
	}
	a.outf("%s\n", report.Verdict(sum.Changes, false))
	if !a.global.quiet {
		a.errf("\nNext:\n  %s --merge\n  %s\n  %s\n", a.command("kubeconfig", sum.Stack),
			a.command("nodes", sum.Stack), a.command("down", sum.Stack))
	}
	return nil
}

// command writes a command line that works on the same stack, to be copied.
func (a *app) command(verb, stack string) string {
	parts := []string{"hybridctl", verb, stack}
	if a.global.emulator {
		parts = append(parts, "--emulator")
	}
	if a.global.backend != "" {
		parts = append(parts, "--backend", "'"+strings.ReplaceAll(a.global.backend, "'", `'\''`)+"'")
	}
	return strings.Join(parts, " ")
}

// failed gives a failed operation its JSON document, where one is wanted. unplaced
// is nil unless that is why it failed.
func (a *app) failed(name string, result engine.Result, err error, unplaced *access.Unplaced) error {
	a.closeDisplay()
	if a.global.output != "json" {
		if unplaced != nil {
			err = fmt.Errorf("%w\n%s", err, strings.TrimSuffix(report.PlacementText(*unplaced), "\n"))
		}
		return err
	}
	sum := summary{Stack: name, Outcome: "failed", Changes: result.Changes, Unplaced: unplaced}
	if engine.KindOf(err) == engine.Interrupted {
		sum.Outcome = "interrupted"
	}
	var e *engine.Error
	if errors.As(err, &e) {
		sum.Diagnostics, sum.LockedBy = e.Diagnostics, e.Holders
	}
	return errors.Join(err, a.printJSON(sum))
}

// printJSON prints a document: as JSON, or as YAML where that is asked for.
func (a *app) printJSON(v any) error {
	if a.global.yaml {
		data, err := yaml.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
		a.outf("%s", data)
		return nil
	}
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// outf writes data.
func (a *app) outf(format string, args ...any) { _, _ = fmt.Fprintf(a.stdout, format, args...) }
