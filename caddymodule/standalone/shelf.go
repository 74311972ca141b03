package standalone

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runner"
)

// listFresh is how long one listing of the shelf counts, as for the folders
// themselves.
const listFresh = 200 * time.Millisecond

// shelf is a folder of extensions' folders, served as they are on disk. New
// ones are found while it is in use. A shelf that holds a manifest is itself
// an extension.
type shelf struct {
	dir string
	log *slog.Logger

	mu      sync.Mutex
	listed  time.Time
	folders []*extension.Folder
	said    map[string]string // what was last logged of each folder
}

func newShelf(dir string, log *slog.Logger) *shelf {
	return &shelf{dir: dir, log: log, said: map[string]string{}}
}

// Open implements [runner.Source]. It answers for an extension whatever hash
// the caller names: the caller looks at the same folder from outside, and sees
// a change a moment earlier or later than we do.
func (s *shelf) Open(_ context.Context, ref runner.Ref) (runner.Bundle, error) {
	for _, folder := range s.list() {
		state := folder.Look()
		s.report(folder.Dir(), state.Err)
		if ext := state.Extension; ext != nil && ext.ID == ref.Extension {
			return runner.Bundle{Hash: ext.Hash, Files: folder.Files(), Live: true, Dir: folder.Dir()}, nil
		}
	}
	return runner.Bundle{}, runner.ErrNotInstalled
}

// list gives the folders in the order of their names; of two extensions with
// one id the first counts.
func (s *shelf) list() []*extension.Folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.listed) < listFresh {
		return s.folders
	}
	known := map[string]*extension.Folder{}
	for _, folder := range s.folders {
		known[folder.Dir()] = folder
	}
	s.folders, s.listed = nil, time.Now()
	for _, dir := range s.candidates() {
		if known[dir] == nil {
			folder, err := extension.NewFolder(dir)
			if err != nil {
				s.log.Warn("leaving out an extension", "dir", dir, "error", err)
				continue
			}
			known[dir] = folder
		}
		s.folders = append(s.folders, known[dir])
	}
	return s.folders
}

// candidates are the folders that hold a manifest, good or not.
func (s *shelf) candidates() []string {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		err = fmt.Errorf("listing the extensions: %w", err)
	}
	s.reportLocked(s.dir+string(filepath.Separator), err) // s.dir may be an extension's, too
	var dirs []string
	for _, name := range append([]string{"."}, names(entries)...) {
		dir := filepath.Join(s.dir, name)
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func names(entries []os.DirEntry) []string {
	list := make([]string, len(entries))
	for i, entry := range entries {
		list[i] = entry.Name()
	}
	return list
}

// Interface guard.
var _ runner.Source = (*shelf)(nil)
