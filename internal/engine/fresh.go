package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// UpFresh creates the stack, which must not exist, and takes it up. It asks for
// nothing that only a stack with a past or a reader has: pending operations, the
// outputs, the history. Each costs a run of the CLI. The result has no outputs.
func (s *Stack) UpFresh(ctx context.Context, o RunOptions) (Result, error) {
	if err := s.CreateFresh(ctx); err != nil {
		return Result{}, err
	}
	brief, err := auto.SelectStack(ctx, s.name, briefly{s.auto.Workspace()})
	if err != nil {
		return Result{}, fmt.Errorf("opening stack %s: %w", s.name, err)
	}
	return s.run(ctx, "up", o, func(c *collector) error {
		_, err := brief.Up(ctx, optup.EventStreams(c.stream), optup.Color("never"), optup.SuppressProgress(),
			optup.SuppressOutputs(), optup.UserAgent(s.agent), optup.Parallel(o.Parallel), optup.ShowSecrets(false))
		return err
	})
}

// CreateFresh creates a stack that must not exist.
func (s *Stack) CreateFresh(ctx context.Context) error {
	_, err := s.cli(ctx, "creation", "stack", "init", s.name, "--no-select")
	return err
}

// briefly is a workspace that answers what an up asks for afterwards without
// running the CLI.
type briefly struct{ auto.Workspace }

// StackOutputs says nothing of the outputs.
func (briefly) StackOutputs(context.Context, string) (auto.OutputMap, error) {
	return auto.OutputMap{}, nil
}

// PulumiCommand runs everything but the look-up of the history.
func (b briefly) PulumiCommand() auto.PulumiCommand {
	return withoutHistory{b.Workspace.PulumiCommand()}
}

type withoutHistory struct{ auto.PulumiCommand }

// Run implements auto.PulumiCommand.
func (w withoutHistory) Run(ctx context.Context, dir string, stdin io.Reader,
	extraOut, extraErr []io.Writer, extraEnv []string, args ...string,
) (string, string, int, error) {
	if len(args) > 1 && args[0] == "stack" && args[1] == "history" {
		return "[]", "", 0, nil
	}
	return w.PulumiCommand.Run(ctx, dir, stdin, extraOut, extraErr, extraEnv, args...)
}
