// Package extension knows the developer's extensions: folders that hold a
// manifest, a UI and a handler.
//
// The engine opens a [Folder] for each and serves what [Folder.Look] finds;
// the package itself touches nothing but those folders, and only reads.
package extension

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner"
)

// fresh is how long one look at the tree counts: long enough that the dozens
// of assets of one page cost one look, short enough that nobody saves twice
// within it.
const fresh = 200 * time.Millisecond

// Folder is one extension's working tree. It is safe for concurrent use.
type Folder struct {
	dir string

	mu     sync.Mutex
	looked time.Time
	hasher *hasher
	state  State
	good   *Extension
	recent []string // hashes of earlier looks, newest last
}

// State is what a look found.
type State struct {
	// Extension is the newest content that can be used; nil when there
	// never was one.
	Extension *Extension
	// Err says what is wrong with the folder now; nil when nothing is.
	Err error
}

// NewFolder prepares dir, which need not hold a good extension yet.
func NewFolder(dir string) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening extension folder %s: %w", dir, err)
	}
	return &Folder{dir: abs, hasher: newHasher()}, nil
}

// Dir is the folder's absolute path.
func (f *Folder) Dir() string { return f.dir }

// Files is the working tree itself.
func (f *Folder) Files() fs.FS { return tree(f.dir) }

// Look says what the folder holds, by a look at most 200 ms old.
func (f *Folder) Look() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < fresh {
		return f.state
	}
	ext, err := f.read()
	if ext != nil {
		f.good = ext
		f.remember(ext.Hash)
	}
	f.state, f.looked = State{Extension: f.good, Err: err}, time.Now()
	return f.state
}

func (f *Folder) read() (*Extension, error) {
	ext, err := Read(f.dir, f.Files())
	if ext == nil {
		return nil, err
	}
	hash, hashErr := f.hasher.hash(f.Files())
	if hashErr != nil {
		return nil, hashErr
	}
	ext.Hash = hash
	return ext, err
}

// remembered is how many earlier hashes still name the folder.
const remembered = 16

func (f *Folder) remember(hash string) {
	if slices.Contains(f.recent, hash) {
		return
	}
	f.recent = append(f.recent, hash)
	if len(f.recent) > remembered {
		f.recent = f.recent[1:]
	}
}

// Open implements runner.Source: it gives today's content to whoever asks for
// this extension under today's hash, or under one that was today's a moment
// ago, when the request was on its way.
func (f *Folder) Open(_ context.Context, ref runner.Ref) (runner.Bundle, error) {
	ext := f.Look().Extension
	if ext == nil || ext.ID != ref.Extension {
		return runner.Bundle{}, runner.ErrNotInstalled
	}
	f.mu.Lock()
	known := slices.Contains(f.recent, ref.Hash)
	f.mu.Unlock()
	if !known {
		return runner.Bundle{}, runner.ErrNotInstalled
	}
	return runner.Bundle{Hash: ext.Hash, Files: f.Files(), Live: true, Dir: f.dir}, nil
}

var _ runner.Source = (*Folder)(nil)
