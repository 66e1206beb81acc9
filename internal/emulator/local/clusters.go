package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gofrs/flock"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

// lockSuffix is of the lock beside a control plane's folder, which outlives it.
const lockSuffix = ".lock"

// Programs are those of a control plane.
type Programs struct {
	// Dir holds Kubernetes' programs and etcd, Kwok is the path of kwok.
	Dir, Kwok string
	// Version is the release of Dir's.
	Version string
}

// Options say how to run control planes.
type Options struct {
	// World is the directory of the emulated world. What is kept of control planes,
	// keys among it, lies in it.
	World string
	// New is whether clusters that are made from now on get a control plane.
	// Clusters that have one keep it.
	New bool
	// Find finds the programs, which may take long.
	Find func(ctx context.Context) (Programs, error)
	// Command starts a process that calls [Serve] for the directory that follows.
	Command []string
	// Activity tells the user of something that takes long; nil tells nobody.
	Activity func(label string) (end func())
}

// Clusters are the clusters of a world that have a real control plane.
type Clusters struct {
	o Options
	// starting keeps this process from starting one twice.
	starting sync.Mutex
}

// Open gives the clusters of a world.
func Open(o Options) *Clusters { return &Clusters{o: o} }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func (c *Clusters) clusterDir(key string) string {
	return filepath.Join(c.o.World, "control-planes", digest(key))
}

func (c *Clusters) diskDir(vmID string) string {
	return filepath.Join(c.o.World, "disks", digest(world.Key(vmID)))
}

// KeepDisk keeps what a master's disk holds for kubeadm, until the control plane
// starts. It does nothing if new clusters are to get none.
func (c *Clusters) KeepDisk(vmID string, files controlplane.Files) error {
	if !c.o.New {
		return nil
	}
	return controlplane.ControlPlane{Dir: c.diskDir(vmID)}.Keep(files)
}

// Has says whether a cluster of the world has a control plane, or gets one when it
// is first asked.
func (c *Clusters) Has(key string, cluster *world.Cluster) bool {
	if isDir(c.clusterDir(key)) {
		return true
	}
	return len(cluster.Masters) > 0 && isDir(c.diskDir(cluster.Masters[0]))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Cluster is what has to be known of a cluster to start its control plane.
type Cluster struct {
	key, name, master, address string
	// made is whether the master makes the cluster, rather than joining it again.
	made bool
}

// Describe gives what has to be known of a cluster of the world.
func (c *Clusters) Describe(w *world.World, key string) Cluster {
	cluster := w.Clusters[key]
	d := Cluster{key: key, name: cluster.Name}
	if len(cluster.Masters) > 0 {
		d.master = cluster.Masters[0]
		d.address = netpath.PrivateAddress(w, d.master).String()
		g := w.Guests[world.Key(d.master)]
		d.made = g != nil && g.Plan.Action == world.PlanInit
	}
	return d
}

// Server gives the URL of the cluster's API server on this machine, and starts the
// control plane if it does not run.
func (c *Clusters) Server(ctx context.Context, cluster Cluster) (string, error) {
	c.starting.Lock()
	defer c.starting.Unlock()
	dir := c.clusterDir(cluster.key)
	release, err := c.lock(ctx, dir)
	if err != nil {
		return "", err
	}
	defer release()
	if err := c.begin(ctx, cluster, dir); err != nil {
		return "", err
	}
	if server, running := c.running(dir); running && server != "" {
		return server, nil
	}
	programs, err := c.o.Find(ctx)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(config{
		World: c.o.World, Key: cluster.key, Programs: programs.Dir, Kwok: programs.Kwok, Version: programs.Version,
		Address: cluster.address,
	})
	if err != nil {
		return "", fmt.Errorf("describing the control plane: %w", err)
	}
	if err := write(dir, configFile, data); err != nil {
		return "", err
	}
	if c.o.Activity != nil {
		defer c.o.Activity("Starting the control plane of " + cluster.name + " on this machine.")()
	}
	return c.start(ctx, dir)
}

// lock keeps other processes from starting or removing the same control plane.
func (c *Clusters) lock(ctx context.Context, dir string) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("making room for the control plane: %w", err)
	}
	lock := flock.New(dir+lockSuffix, flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, poll); err != nil {
		return nil, fmt.Errorf("waiting for another process that starts the control plane: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// begin makes the control plane's directory of the first master's disk.
func (c *Clusters) begin(ctx context.Context, cluster Cluster, dir string) error {
	disk := c.diskDir(cluster.master)
	if !cluster.made || !isDir(disk) {
		return nil
	}
	if isDir(dir) { // of a cluster that this one replaced
		if err := c.stop(ctx, dir); err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing an earlier control plane: %w", err)
		}
	}
	if err := os.Rename(disk, dir); err != nil {
		return fmt.Errorf("making room for the control plane: %w", err)
	}
	return nil
}

// Prune ends the control planes of clusters that the world no longer has, and
// forgets what machines left behind.
func (c *Clusters) Prune(ctx context.Context, store *world.Store) error {
	var gone []string
	var problems []error
	// Under the world's lock: another process may be making a machine.
	err := store.Update(ctx, func(w *world.World) error {
		for _, dir := range c.strays(w, "disks") {
			problems = append(problems, os.RemoveAll(dir))
		}
		gone = c.strays(w, "control-planes")
		return nil
	})
	problems = append(problems, err)
	for _, dir := range gone {
		problems = append(problems, c.remove(ctx, store, dir))
	}
	return errors.Join(problems...)
}

// strays are the folders of a kind that belong to nothing in the world.
func (c *Clusters) strays(w *world.World, kind string) []string {
	known := map[string]bool{}
	for key := range w.Clusters {
		known[c.clusterDir(key)] = true
	}
	for key := range w.Guests {
		known[c.diskDir(key)] = true
	}
	entries, err := os.ReadDir(filepath.Join(c.o.World, kind))
	if err != nil {
		return nil // nothing was ever kept
	}
	var found []string
	for _, e := range entries {
		if dir := filepath.Join(c.o.World, kind, e.Name()); e.IsDir() && !known[dir] {
			found = append(found, dir)
		}
	}
	return found
}

// remove ends a control plane and removes its folder, unless its cluster has come
// back meanwhile.
func (c *Clusters) remove(ctx context.Context, store *world.Store, dir string) error {
	release, err := c.lock(ctx, dir)
	if err != nil {
		return err
	}
	defer release()
	stray := false
	err = store.View(ctx, func(w *world.World) error {
		stray = slices.Contains(c.strays(w, "control-planes"), dir)
		return nil
	})
	if err != nil || !stray {
		return err
	}
	if err := c.stop(ctx, dir); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
