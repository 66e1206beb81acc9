package target

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
)

// keptLogs is how many of the engine's logs a rehearsal keeps. It writes about
// four a command and some hundred kilobytes each, and nobody looks at old ones.
const keptLogs = 40

// pruneLogs deletes all but the newest logs of a folder. What cannot be deleted
// stays: it may be another command's, which is still writing.
func pruneLogs(dir string, keep int) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) <= keep {
		return
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for _, e := range entries[keep:] {
		_ = os.Remove(filepath.Join(dir, e.Name()))
	}
}
