package extension

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Extension is what a folder, or a build of it, held at one moment.
type Extension struct {
	Manifest
	ID   string
	Hash string // "sha256:<hex>"
	Dir  string
	// HasHandler says that there is a handler to call: dist/main.wasm, or in a
	// build for development its source.
	HasHandler bool
}

// The handler's files in a bundle.
const (
	HandlerFile = "dist/main.wasm"
	// SourceFile holds the bundled JavaScript of a handler that runs from its
	// source; only builds for development have it.
	SourceFile = "dist/handler.js"
)

// Read reads the extension that files hold: the tree of the folder dir, or
// what a build made of it. Its Hash is left to the caller. The error is a
// *[ManifestError]; one about the UI comes with the extension all the same.
func Read(dir string, files fs.FS) (*Extension, error) {
	file := filepath.Join(dir, "manifest.json")
	data, err := fs.ReadFile(files, "manifest.json")
	if err != nil {
		return nil, missing(dir, file, err)
	}
	manifest, err := ParseManifest(file, data)
	if err != nil {
		return nil, err
	}
	ext := &Extension{Manifest: manifest, ID: manifest.ID(), Dir: dir, HasHandler: exists(files, HandlerFile)}
	return ext, missingUI(files, file, data, manifest)
}

// missingUI says which file of a UI is not there. Hosts ask for ui/index.html,
// whatever the entry is.
func missingUI(files fs.FS, file string, data []byte, manifest Manifest) error {
	if manifest.UI == nil {
		return nil
	}
	for _, name := range []string{manifest.UI.Entry, "ui/index.html"} {
		if !exists(files, name) {
			problem := newPlaces(data).valueOf("ui.entry")
			problem.Field, problem.Message = "ui.entry", "needs "+name+", which does not exist"
			return &ManifestError{File: file, Problems: []Problem{problem}}
		}
	}
	return nil
}

func missing(dir, file string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return &ManifestError{File: file, Problems: []Problem{{Message: "cannot be read: " + err.Error()}}}
	}
	if info, statErr := os.Stat(dir); statErr != nil || !info.IsDir() {
		return &ManifestError{File: dir, Problems: []Problem{{Message: "is not a folder; name the folder that holds the extension's manifest.json"}}}
	}
	return &ManifestError{File: file, Problems: []Problem{{Message: "does not exist; an extension folder holds manifest.json, ui/ and dist/main.wasm"}}}
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// Tree is a folder as an fs.FS whose files cannot lie outside of it, symbolic
// links included. It goes on working when the folder is deleted and made
// again.
func Tree(dir string) fs.FS { return tree(dir) }
