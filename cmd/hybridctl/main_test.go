package main

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A closed terminal is told of, unless that is ignored for us.
func TestEndings(t *testing.T) {
	t.Parallel()
	require.Contains(t, endings(func(os.Signal) bool { return false }), os.Signal(syscall.SIGHUP))
	nohup := endings(func(s os.Signal) bool { return s == syscall.SIGHUP })
	require.Equal(t, []os.Signal{os.Interrupt, syscall.SIGTERM}, nohup)
}
