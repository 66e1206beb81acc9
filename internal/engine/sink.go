package engine

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
)

// sink collects one output stream of the CLI.
//
// For an operation that changes the cloud it is a file and not a pipe: when
// this process is killed, a pipe would break and take the engine with it in the
// middle of its work, while a file lets it finish and write its state. What
// those operations print is masked, so no secret gets to the disk.
type sink struct {
	buf  bytes.Buffer
	file *os.File
}

// mutating are the operations whose output goes to a file.
var mutating = []string{"up", "destroy", "refresh"}

func newSink(args []string) (*sink, error) {
	s := &sink{}
	if len(args) == 0 || !slices.Contains(mutating, args[0]) {
		return s, nil
	}
	f, err := os.CreateTemp("", "hybridctl-engine-*.log")
	if err != nil {
		return nil, fmt.Errorf("keeping the engine's output: %w", err)
	}
	s.file = f
	// A name is not needed; where it cannot be removed yet, close does it.
	_ = os.Remove(f.Name())
	return s, nil
}

// writer is what the process writes to.
func (s *sink) writer(extra []io.Writer) io.Writer {
	if s.file != nil {
		return s.file
	}
	return io.MultiWriter(append([]io.Writer{&s.buf}, extra...)...)
}

// text is what was written.
func (s *sink) text() string {
	if s.file == nil {
		return s.buf.String()
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return ""
	}
	data, err := io.ReadAll(s.file)
	if err != nil {
		return ""
	}
	return string(data)
}

func (s *sink) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
