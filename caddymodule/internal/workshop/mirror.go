package workshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// mirror brings files into the extension's folder. What has the same content is
// left as it is; what came back the last time and not now goes.
func (r returns) mirror(from *os.Root, files []string) error {
	to, err := os.OpenRoot(r.dir)
	if err != nil {
		return fmt.Errorf("opening extension folder: %w", err)
	}
	defer to.Close()
	before := r.returned()
	// written down first, so that nothing comes back that is not known of
	if err := r.note(slices.Concat(before, files)); err != nil {
		return err
	}
	for _, name := range files {
		if err := replace(from, to, filepath.FromSlash(name)); err != nil {
			return refused(name, err)
		}
	}
	for _, name := range before {
		if slices.Contains(files, name) {
			continue
		}
		if err := to.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return refused(name, err)
		}
	}
	return r.note(files)
}

// replace makes to's file that of from, as a whole.
func replace(from, to *os.Root, name string) error {
	content, err := from.ReadFile(name)
	if err != nil {
		return err
	}
	if old, err := to.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	info, err := from.Stat(name)
	if err != nil {
		return err
	}
	folder := filepath.Dir(name)
	if err := to.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	fresh := filepath.Join(folder, "."+filepath.Base(name)+".new~") // what watchers take for an editor's
	err = to.WriteFile(fresh, content, info.Mode().Perm())
	if err == nil {
		err = to.Rename(fresh, name)
	}
	if err != nil {
		_ = to.Remove(fresh) // the error that matters is the other one
	}
	return err
}

// returned are the files that came back the last time.
func (r returns) returned() (files []string) {
	text, err := os.ReadFile(r.record)
	if err != nil || json.Unmarshal(text, &files) != nil {
		return nil
	}
	return files
}

func (r returns) note(files []string) error {
	slices.Sort(files)
	text, err := json.Marshal(slices.Compact(slices.Clone(files)))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(r.record), 0o700)
	}
	if err == nil {
		err = os.WriteFile(r.record, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("noting what a build gave back: %w", err)
	}
	return nil
}
