package bundle

// history_disk.go contains how a history gets to disk and is found there.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// load fills an empty history.
func (h *History) load() {
	data, err := os.ReadFile(h.indexFile())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	read, problems := index{}, []error{err}
	if err == nil {
		read, problems = parseIndex(data)
	}
	for _, problem := range problems {
		h.log.Warn("dropping part of the history of builds", "file", h.indexFile(), "error", problem)
	}
	h.last = read.Last
	for _, build := range read.Builds[:min(len(read.Builds), h.kept)] {
		h.records = append(h.records, &record{Entry: build.Entry, parts: build.Parts})
	}
}

// write writes what is missing of the records, then the index, and then
// removes what no record needs.
func (h *History) write(records []*record, last int) (err error) {
	list := index{Version: indexVersion, Last: last}
	for _, record := range records {
		if record.parts == nil {
			if record.parts, err = blobsIn(h.dir).keep(record.bundle); err != nil {
				return err
			}
		}
		list.Builds = append(list.Builds, indexed{record.Entry, record.parts})
	}
	data, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("listing the builds: %w", err)
	}
	file, err := blobs(h.dir).write(filepath.Base(h.indexFile()), bytes.NewReader(data))
	if err != nil {
		return err
	}
	file.Close()
	h.sweep(records)
	return nil
}

// keep makes sure that the bundle's archive is in the folder, and says in
// which files. Frames that have a file keep it; those between them share one.
func (dir blobs) keep(b *Bundle) ([]part, error) {
	var parts []part
	all := b.archive
	for i := 0; i < len(all.parts); {
		first := i
		for i < len(all.parts) && all.parts[i].name == "" {
			i++
		}
		name := fmt.Sprintf("%s.%d", strings.TrimPrefix(b.Hash, hashPrefix), first)
		if i == first {
			name = all.parts[i].name
			i++
		}
		start := all.ends[first] - all.parts[first].size
		one := part{Name: name, Size: all.ends[i-1] - start}
		if err := dir.ensure(one, io.NewSectionReader(all, start, one.Size)); err != nil {
			return nil, err
		}
		parts = append(parts, one)
	}
	return parts, nil
}

// ensure writes the part unless it is there.
func (dir blobs) ensure(one part, content io.Reader) error {
	info, err := os.Stat(filepath.Join(string(dir), one.Name))
	if err == nil && info.Size() == one.Size {
		return nil
	}
	file, err := dir.write(one.Name, content)
	if err != nil {
		return err
	}
	return file.Close()
}

// abandoned is the age at which an incomplete file belongs to no process that
// still writes it.
const abandoned = time.Hour

// sweep removes blobs that no record needs. It does what it can: a file that
// stays only takes space.
func (h *History) sweep(records []*record) {
	needed := map[string]bool{}
	for _, record := range records {
		for _, part := range record.parts {
			needed[part.Name] = true
		}
		record.mu.Lock()
		if record.bundle != nil {
			for blob := range record.bundle.blobs {
				needed[blob.name] = true
			}
		}
		record.mu.Unlock()
	}
	dir := string(blobsIn(h.dir))
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		if needed[entry.Name()] || inProgress(entry) {
			continue
		}
		_ = os.Remove(filepath.Join(dir, entry.Name()))
	}
}

// inProgress is true for a file that somebody may still be writing.
func inProgress(entry fs.DirEntry) bool {
	if !strings.HasPrefix(entry.Name(), tempPrefix) {
		return false
	}
	info, err := entry.Info()
	return err == nil && time.Since(info.ModTime()) < abandoned
}
