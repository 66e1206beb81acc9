package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

// The files of a cluster's directory beside those of its control plane.
const (
	configFile = "cluster.json"
	readyFile  = "ready.json"
	lockFile   = "running.lock" // held as long as the control plane runs
	pidFile    = "running.pid"
	logFile    = "agent.log"
)

// config is what a control plane's own process has to know.
type config struct {
	// World is the directory of the emulated world, Key the cluster's in it.
	World string `json:"world"`
	Key   string `json:"key"`
	// Programs and Kwok are where the programs are, Version is their release.
	Programs string `json:"programs"`
	Kwok     string `json:"kwok"`
	Version  string `json:"version"`
	// Address is the first master's.
	Address string `json:"address"`
}

// ready is what a running control plane says of itself.
type ready struct {
	Server string `json:"server"`
}

// ErrRunning means that the control plane runs already.
var ErrRunning = errors.New("the control plane runs already")

// Serve runs the control plane and the agent of the cluster in dir until the
// context ends or the world forgets the cluster.
func Serve(ctx context.Context, dir string, log io.Writer) error {
	release, err := hold(ctx, dir)
	if err != nil {
		return err
	}
	defer release()
	var c config
	if err := read(dir, configFile, &c); err != nil {
		return err
	}
	store, err := world.Open(c.World)
	if err != nil {
		return err
	}
	plane := controlplane.ControlPlane{Dir: dir, Programs: c.Programs, Kwok: c.Kwok, Version: c.Version, Address: c.Address}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var agents errgroup.Group
	err = plane.Run(ctx, func(admin *rest.Config) error {
		// The agent may write as fast as it likes: it is alone.
		admin.QPS, admin.Burst = -1, -1
		client, err := dynamic.NewForConfig(admin)
		if err != nil {
			return fmt.Errorf("connecting to the API server: %w", err)
		}
		a := &agent{store: store, dir: dir, key: c.Key, client: client, log: log, waiting: overduePods{}}
		agents.Go(func() error {
			defer cancel() // without it nothing goes on in the cluster
			return a.run(ctx, func() error { return announce(dir, admin.Host) })
		})
		return nil
	})
	cancel() // a program may have ended by itself
	if agent := agents.Wait(); agent != nil && !errors.Is(agent, errForgotten) {
		err = errors.Join(err, agent)
	}
	return err
}

// hold makes this process the one that runs the control plane in dir.
func hold(ctx context.Context, dir string) (release func(), err error) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	// Others hold the lock for a moment when they look whether anybody does.
	ctx, stop := context.WithTimeout(ctx, lockPatience)
	defer stop()
	held, err := lock.TryLockContext(ctx, poll)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, ErrRunning
	case err != nil || !held:
		return nil, fmt.Errorf("locking the control plane: %w", err)
	}
	if err := write(dir, pidFile, []byte(strconv.Itoa(os.Getpid()))); err != nil {
		_ = lock.Unlock()
		return nil, err
	}
	return func() {
		_ = os.Remove(filepath.Join(dir, readyFile))
		_ = os.Remove(filepath.Join(dir, pidFile))
		_ = lock.Unlock()
	}, nil
}

func announce(dir, server string) error {
	data, err := json.Marshal(ready{Server: server})
	if err != nil {
		return fmt.Errorf("writing that the control plane is ready: %w", err)
	}
	return write(dir, readyFile, data)
}

// write replaces a file of the directory as a whole.
func write(dir, name string, data []byte) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func read(dir, name string, into any) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}
