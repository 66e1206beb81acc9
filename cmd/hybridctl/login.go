package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh/knownhosts"
	"golang.org/x/term"

	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/remote"
)

// loginFlags are those of each command that logs in on machines.
type loginFlags struct {
	identities []string
	knownHosts string
}

func addLoginFlags(cmd *cobra.Command) *loginFlags {
	var f loginFlags
	cmd.Flags().StringArrayVarP(&f.identities, "identity-file", "i", nil,
		"`file` with a private key; repeatable (default: the key that the stack generated, your agent, ~/.ssh)")
	cmd.Flags().StringVar(&f.knownHosts, "known-hosts", "", "`file` in known_hosts form, in place of the host keys that the stack knows")
	return &f
}

// errNoMachines: the emulator's machines are descriptions.
var errNoMachines = errors.New("the emulator makes no machines, it only works out what Azure would make: there is none to log in to. " +
	"`hybridctl nodes --emulator` shows what would have joined, and `hybridctl bootstrap show` what a node would run")

// openCluster reads how a stack's cluster is reached. Its outputs are those of the
// last up that succeeded; after one that failed the state says as much.
func (a *app) openCluster(ctx context.Context, stack string) (remote.Values, remote.Cluster, error) {
	t, s, err := a.existing(ctx, stack, false)
	if err != nil {
		return nil, remote.Cluster{}, err
	}
	defer func() { _ = t.Close() }()
	values, err := stackValues(ctx, s)
	a.closeDisplay()
	if err != nil {
		return nil, remote.Cluster{}, fmt.Errorf("%w: run `%s`", err, a.command("up", stack))
	}
	c, err := values.Cluster(stack)
	c.Up = a.command("up", stack)
	return values, c, err
}

func stackValues(ctx context.Context, s *engine.Stack) (remote.Values, error) {
	outs, err := s.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := outs[remote.ValueSSH]; !known {
		state, err := s.Export(ctx, true)
		if err != nil {
			return nil, err
		}
		return remote.FromState(state)
	}
	values := remote.Values{}
	for name, out := range outs {
		values[name] = out.Value
	}
	return values, nil
}

// lookUpTime bounds asking the API server where a node is. Without an answer its
// name does.
const lookUpTime = 5 * time.Second

// lookUp asks the API server for the addresses of nodes.
func lookUp(ctx context.Context, values remote.Values) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	addresses := map[string]string{}
	cluster, err := access.Connect(values.Text(remote.ValueKubeconfig))
	if err != nil {
		return addresses
	}
	nodes, err := access.Nodes(ctx, cluster, nil)
	if err != nil {
		return addresses
	}
	for _, n := range nodes {
		addresses[n.Name] = n.Address
	}
	return addresses
}

// credentials gathers the user's keys.
func (a *app) credentials(ctx context.Context, f *loginFlags, values remote.Values) (remote.Options, error) {
	o := remote.Options{}
	sources := remote.Sources{
		Generated:   values.Text(remote.ValuePrivateKey),
		Wanted:      values.Text(remote.ValuePublicKey),
		AgentSocket: a.getenv("SSH_AUTH_SOCK"),
		Home:        a.getenv("HOME"),
	}
	for _, file := range f.identities {
		sources.IdentityFiles = append(sources.IdentityFiles, a.path(file))
	}
	if a.stdinTerminal && a.stderrTTY {
		sources.Passphrase = func(file string) ([]byte, error) { return a.askPassphrase(ctx, file) }
	}
	if f.knownHosts != "" {
		check, err := knownhosts.New(a.path(f.knownHosts))
		if err != nil {
			return o, usage(fmt.Errorf("--known-hosts: %w", err))
		}
		o.KnownHosts = check
	}
	var err error
	if o.Credentials, err = remote.Gather(sources); err != nil {
		var aborted *exitError
		if errors.As(err, &aborted) {
			return o, aborted
		}
		return o, usage(err)
	}
	return o, nil
}

// askPassphrase asks without showing what is typed. An interruption does not wait for
// an answer, and leaves the terminal as it was.
func (a *app) askPassphrase(ctx context.Context, file string) ([]byte, error) {
	a.errf("Passphrase of %s: ", file)
	defer a.errf("\n")
	stdin := int(os.Stdin.Fd())
	before, err := term.GetState(stdin)
	if err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	passphrase, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(stdin) })
	if ctx.Err() != nil {
		_ = term.Restore(stdin, before)
		return nil, &exitError{code: exitInterrupted, err: errors.New("interrupted at the question")}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the passphrase: %w", err)
	}
	return passphrase, nil
}

// path is a file's, as the user wrote it, from the working directory.
func (a *app) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(a.dir, file)
}

// exitNoSession is the exit code of what could not log in, as of ssh: a command's
// own codes are others.
const exitNoSession = 255

// noSession explains why nobody got in.
func noSession(err error, c remote.Cluster) error {
	var aborted *exitError
	if errors.As(err, &aborted) {
		return aborted
	}
	if errors.Is(err, context.Canceled) {
		return &exitError{code: exitInterrupted, err: errors.New("interrupted")}
	}
	return &exitError{code: exitNoSession, err: c.Explain(err)}
}
