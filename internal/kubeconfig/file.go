package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	fileMode   = 0o600
	folderMode = 0o750
	// lockPatience is how long another program's lock is waited for. kubectl
	// holds it for milliseconds.
	lockPatience = 5 * time.Second
	lockRetry    = 20 * time.Millisecond
)

// lock takes the lock that kubectl takes: a file beside the file.
// https://github.com/kubernetes/client-go/blob/v0.36.1/tools/clientcmd/loader.go#L471
func lock(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return nil, fmt.Errorf("making the folder of %s: %w", path, err)
	}
	name := path + ".lock"
	for deadline := time.Now().Add(lockPatience); ; {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0)
		if err == nil {
			return func() { _ = os.Remove(name) }, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s is locked by another program; if none is at it, delete %s", path, name)
		}
		time.Sleep(lockRetry)
	}
}

// load reads a file. One that is not there, or empty, is an empty one.
func load(path string) (*clientcmdapi.Config, error) {
	config, err := clientcmd.LoadFromFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return clientcmdapi.NewConfig(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s is no kubeconfig, and it was left as it is: %w", path, err)
	}
	return config, nil
}

// store replaces a file as a whole, so that nobody ever sees half of one. A link
// stays a link. The file keeps its mode; a new one is for its owner alone.
func store(path string, config *clientcmdapi.Config) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	data, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	place, mode := path, fs.FileMode(fileMode)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		place = real
	}
	if info, err := os.Stat(place); err == nil {
		if mode = info.Mode().Perm(); mode&0o200 == 0 {
			return errors.New("the file is read-only")
		}
	}
	temp, err := os.CreateTemp(filepath.Dir(place), filepath.Base(place)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), place)
}
