package world

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	worldFile = "world.json"
	lockFile  = "world.lock"
	// lockRetry is how often another process's lock is tried again.
	lockRetry = 10 * time.Millisecond
	// otherProcesses is how often [Store.Wait] looks for what other processes changed.
	otherProcesses = 250 * time.Millisecond
)

// Store keeps a [World] in a file. Several goroutines and several processes can use one directory.
type Store struct {
	dir  string
	lock *flock.Flock

	mu      sync.Mutex
	world   *World
	good    []byte      // what world was when it was last written or read
	seen    os.FileInfo // the file that good came from; nil when there was none
	changed chan struct{}
}

// Open opens the world in dir, which is made if missing (mode 0700). A directory without a world gives an
// empty one. It fails on a file that is broken or of a newer format.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open emulated world: %w", err)
	}
	s := &Store{
		dir:     dir,
		lock:    flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600)),
		changed: make(chan struct{}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// View calls fn with the world as it is now. fn must neither change nor keep it.
func (s *Store) View(ctx context.Context, fn func(*World) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return err
	}
	return fn(s.world)
}

// Update calls fn with the world and writes what fn made of it. When fn or writing fails, nothing changed.
func (s *Store) Update(ctx context.Context, fn func(*World) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	locked, err := s.lock.TryLockContext(ctx, lockRetry)
	if err != nil || !locked {
		return fmt.Errorf("lock emulated world %s: %w", s.dir, errors.Join(err, ctx.Err()))
	}
	defer func() { _ = s.lock.Unlock() }()
	if err := s.reload(); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // fn may have failed, or panicked, half way
			s.world = nil
		}
	}()
	if err := fn(s.world); err != nil {
		return err
	}
	data, err := json.Marshal(s.world)
	if err != nil {
		return fmt.Errorf("encode emulated world: %w", err)
	}
	if !bytes.Equal(data, s.good) {
		if err := s.write(data); err != nil {
			return err
		}
		s.wake()
	}
	done = true
	return nil
}

// Wait returns when cond holds, or with the context's error. cond sees the world as View's fn does.
func (s *Store) Wait(ctx context.Context, cond func(*World) bool) error {
	timer := time.NewTimer(otherProcesses)
	defer timer.Stop()
	for {
		var holds bool
		var changed chan struct{}
		err := s.View(ctx, func(w *World) error {
			holds, changed = cond(w), s.changed
			return nil
		})
		if err != nil || holds {
			return err
		}
		timer.Reset(otherProcesses)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-timer.C:
		}
	}
}

// Follow calls changed when it begins, and whenever this or another process has
// changed the world, until the context ends, with whose error it returns. changed
// must neither wait nor use the store.
func (s *Store) Follow(ctx context.Context, changed func()) error {
	var last []byte
	first := true
	return s.Wait(ctx, func(*World) bool { // the store is locked, so good is what it is now
		if first || !bytes.Equal(last, s.good) {
			first, last = false, s.good
			changed()
		}
		return false
	})
}

// wake lets everyone in Wait look again. The caller holds mu.
func (s *Store) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// reload makes s.world what the file says, unless it is that already. The caller holds mu.
func (s *Store) reload() error {
	path := filepath.Join(s.dir, worldFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if s.world == nil || s.seen != nil {
			s.world, s.seen, s.good = newWorld(), nil, nil
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read emulated world: %w", err)
	}
	if !s.same(info) {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read emulated world: %w", err)
		}
		s.good, s.seen, s.world = data, info, nil
	}
	if s.world != nil {
		return nil
	}
	s.world, err = decode(path, s.good)
	return err
}

func (s *Store) same(info os.FileInfo) bool {
	return s.seen != nil && os.SameFile(s.seen, info) &&
		s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size()
}

func decode(path string, data []byte) (*World, error) {
	w := &World{}
	if err := json.Unmarshal(data, w); err != nil {
		return nil, fmt.Errorf("read emulated world %s: %w; delete the file to start with an empty one", path, err)
	}
	if w.Version != FormatVersion {
		return nil, fmt.Errorf("emulated world %s has format %d, this program knows %d; delete the file to start with an empty one",
			path, w.Version, FormatVersion)
	}
	w.fill()
	return w, nil
}

// write replaces the file as a whole, so that a reader or a crash sees the old or the new world, never half of one.
func (s *Store) write(data []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write emulated world: %w", err)
		}
	}()
	tmp, err := os.CreateTemp(s.dir, worldFile+".*") // CreateTemp uses mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if _, err := tmp.Write(data); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Sync(); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	path := filepath.Join(s.dir, worldFile)
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	s.good, s.seen = data, info
	return nil
}
