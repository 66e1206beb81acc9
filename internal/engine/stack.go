package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Project is the name of the Pulumi project that every stack belongs to.
const Project = "hybridcluster"

// Options say how a stack is opened.
type Options struct {
	// Command runs the CLI, in the environment that names backend and secrets.
	Command *Command
	// Dir is the project's directory. It must exist. Pulumi keeps a stack's
	// config in it; where it has no Pulumi.yaml, one is written.
	Dir string
	// Program is what up and preview run. Other operations need none.
	Program pulumi.RunFunc
	// Agent is how the tool calls itself, for example "hybridctl/1.0".
	Agent string
	// Log is told, in plain words, what was done that the user did not ask for.
	// It may be nil.
	Log func(message string)
	// HowToDelete says in an error how a resource group that is in the way is deleted. It
	// may be nil.
	HowToDelete func(group string) string
}

// Stack is one stack of the project. It need not exist yet.
type Stack struct {
	name    string
	command *Command
	auto    auto.Stack
	agent   string
	log     func(string)
	// howToDelete is of [Options].
	howToDelete func(group string) string
}

// Open prepares to work with a stack. It neither creates nor selects it.
func Open(ctx context.Context, name string, o Options) (*Stack, error) {
	local, err := open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("preparing %s for stack %s: %w", o.Dir, name, err)
	}
	selected, err := auto.SelectStack(ctx, name, unselecting{local})
	if err != nil {
		return nil, fmt.Errorf("opening stack %s: %w", name, err)
	}
	return &Stack{name: name, command: o.Command, auto: selected, agent: o.Agent, log: o.Log, howToDelete: o.HowToDelete}, nil
}

// open makes the project's directory one.
func open(ctx context.Context, o Options) (auto.Workspace, error) {
	opts := []auto.LocalWorkspaceOption{auto.WorkDir(o.Dir), auto.Pulumi(o.Command)}
	if o.Program != nil {
		opts = append(opts, auto.Program(o.Program))
	}
	if !HasProject(o.Dir) {
		opts = append(opts, auto.Project(workspace.Project{
			Name:    tokens.PackageName(Project),
			Runtime: workspace.NewProjectRuntimeInfo("go", nil),
		}))
	}
	return auto.NewLocalWorkspace(ctx, opts...)
}

// unselecting is a workspace that leaves the user's selected stack alone. Every
// command names its stack, so there is no need to select one.
type unselecting struct{ auto.Workspace }

func (unselecting) SelectStack(context.Context, string) error { return nil }

// Name returns the stack's name.
func (s *Stack) Name() string { return s.name }

// opCreation is the creation of a stack in errors.
const opCreation = "creation"

// Exists says whether the backend has the stack.
func (s *Stack) Exists(ctx context.Context) (bool, error) {
	_, err := s.cli(ctx, "look-up", "stack", "--stack", s.name, "--show-name")
	switch {
	case err == nil:
		return true, nil
	case KindOf(err) == NotFound:
		return false, nil
	default:
		return false, err
	}
}

// Create creates the stack unless it exists. Whether it does is asked first: the
// creation of one that exists and is locked fails with the lock.
func (s *Stack) Create(ctx context.Context) error {
	if exists, err := s.Exists(ctx); err != nil || exists {
		return err
	}
	err := s.Init(ctx)
	if err != nil && KindOf(err) == Conflict {
		return nil
	}
	return err
}

// Init creates the stack and fails where it exists: with kind Conflict, or Locked
// while a run holds it. Of one that was interrupted nobody knows whether it has
// created the stack.
func (s *Stack) Init(ctx context.Context) error {
	_, err := s.cli(ctx, opCreation, "stack", "init", s.name, "--no-select")
	return err
}

// Remove removes an empty stack with its history. Its config file goes with it only if
// it holds nothing that somebody wrote.
func (s *Stack) Remove(ctx context.Context) error {
	args := []string{"stack", "rm", "--yes", s.name}
	if path, ok := StackFile(s.auto.Workspace().WorkDir(), s.name); ok && !generated(path) {
		args = append(args, "--preserve-config")
	}
	_, err := s.cli(ctx, "removal", args...)
	return err
}

// Export returns the stack's deployment as `pulumi stack export` does. Secrets
// are encrypted in it unless they are asked for; then they are plain text.
func (s *Stack) Export(ctx context.Context, showSecrets bool) ([]byte, error) {
	args := []string{"stack", "export", "--stack", s.name}
	if showSecrets {
		args = append(args, "--show-secrets")
	}
	out, err := s.cli(ctx, "export", args...)
	return []byte(out), err
}

// Import makes a deployment, as Export returns it, the state of the stack, which
// must exist. Secrets in it are in clear, or encrypted with what the environment
// can decrypt.
func (s *Stack) Import(ctx context.Context, deployment []byte) error {
	_, err := s.cliInput(ctx, "import", string(deployment), "stack", "import", "--stack", s.name)
	return err
}

// Output is one output of a stack.
type Output struct {
	// Value is what the program exported, as JSON decodes it.
	Value any
	// Secret says that it must not be shown unasked.
	Secret bool
}

// Outputs returns the outputs of the last successful up, secrets included.
func (s *Stack) Outputs(ctx context.Context) (map[string]Output, error) {
	out, err := s.auto.Outputs(ctx)
	if err != nil {
		return nil, classify(ctx, "reading the outputs", s.name, s.command.lastFailure(), nil)
	}
	return outputs(out), nil
}

func outputs(m auto.OutputMap) map[string]Output {
	out := make(map[string]Output, len(m))
	for name, v := range m {
		out[name] = Output{Value: v.Value, Secret: v.Secret}
	}
	return out
}

// SecretConfig returns the stack's config with its secrets decrypted. It needs
// the stack's passphrase or key.
func (s *Stack) SecretConfig(ctx context.Context) (map[string]string, error) {
	all, err := s.auto.GetAllConfig(ctx)
	if err != nil {
		return nil, classify(ctx, "reading the config", s.name, s.command.lastFailure(), nil)
	}
	out := make(map[string]string, len(all))
	for key, v := range all {
		out[key] = v.Value
	}
	return out, nil
}

// List returns the names of the project's stacks in the backend. Where dir has no
// Pulumi.yaml, one is written.
func List(ctx context.Context, c *Command, dir string) ([]string, error) {
	if _, err := open(ctx, Options{Command: c, Dir: dir}); err != nil {
		return nil, fmt.Errorf("preparing %s: %w", dir, err)
	}
	out, _, _, err := c.Run(ctx, dir, nil, nil, nil, nil, "stack", "ls", "--json")
	if err != nil {
		return nil, classify(ctx, "listing", "*", c.lastFailure(), nil)
	}
	var rows []struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		return nil, fmt.Errorf("reading the list of stacks: %w", err)
	}
	names := make([]string, 0, len(rows))
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names, nil
}

// cli runs a CLI command that has no events. op names it in errors.
func (s *Stack) cli(ctx context.Context, op string, args ...string) (string, error) {
	return s.cliInput(ctx, op, "", args...)
}

// cliInput is cli with something on standard input. Where the lock of a dead run
// is in the way, it removes that and runs the command again.
func (s *Stack) cliInput(ctx context.Context, op, input string, args ...string) (string, error) {
	run := func() (string, *Error) {
		out, _, _, err := s.command.Run(ctx, s.auto.Workspace().WorkDir(), strings.NewReader(input), nil, nil, nil, args...)
		if err != nil {
			return "", classify(ctx, op, s.name, s.command.lastFailure(), nil)
		}
		return out, nil
	}
	out, e := run()
	if e != nil && s.breakAbandoned(ctx, e) {
		out, e = run()
	}
	if e != nil {
		return "", e
	}
	return out, nil
}

func (s *Stack) say(format string, args ...any) {
	if s.log != nil {
		s.log(fmt.Sprintf(format, args...))
	}
}
