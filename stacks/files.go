package stacks

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile is the size of the largest file that a definition can name, in bytes:
// it goes to a machine in its custom data, which has 64 KiB.
// https://learn.microsoft.com/azure/virtual-machines/custom-data
const maxFile = 64 << 10

// FileReader reads the files that a definition names, from a folder. Absolute
// paths stay what they are.
func FileReader(folder string) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		// A pipe or a device might never end.
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no regular file", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
		if err != nil {
			return nil, err
		}
		if len(data) > maxFile {
			return nil, fmt.Errorf("%s is larger than the %d KiB that a machine's custom data holds", path, maxFile>>10)
		}
		return data, nil
	}
}
