//go:build unix

package remote

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize gives the size anew whenever the terminal says that it changed.
func watchSize(size func() (Size, error)) (sizes <-chan Size, stop func()) {
	changed, out, done := make(chan os.Signal, 1), make(chan Size), make(chan struct{})
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-changed:
			}
			now, err := size()
			if err != nil {
				continue
			}
			select {
			case out <- now:
			case <-done:
				return
			}
		}
	}()
	return out, func() {
		signal.Stop(changed)
		close(done)
	}
}
