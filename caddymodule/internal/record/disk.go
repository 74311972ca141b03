// disk.go contains the files of a store: a line of JSON for each call, and what
// was used so far.

package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

const (
	executesName = "executes.jsonl"
	usageName    = "usage.json"
	unfinished   = ".new"
)

// disk is not safe for concurrent use.
type disk struct {
	dir   string
	file  *os.File
	lines int
	bytes int
	stale bool // the file has what must not stay there
}

func openDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	return &disk{dir: dir}, nil
}

// load leaves out lines that a crash cut short.
func (d *disk) load() ([]kept, usage) {
	var used usage
	if content, err := os.ReadFile(filepath.Join(d.dir, usageName)); err == nil && json.Unmarshal(content, &used) != nil {
		used = nil
	}
	file, err := os.Open(filepath.Join(d.dir, executesName))
	if err != nil {
		return nil, used
	}
	defer file.Close()
	var list []kept
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2*longestLine)
	for lines.Scan() {
		var e runnerstatus.Execute
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.ID != "" {
			list = append(list, kept{e, len(lines.Bytes()) + 1})
		}
	}
	d.stale = true // it may end in half a line
	return list[max(0, len(list)-mostExecutes):], used
}

// append writes one line; the file is written anew when it is twice as long as
// what is kept. A full disk costs records, never a request.
func (d *disk) append(line []byte, all []kept, used usage) {
	if d.file == nil || d.stale || d.lines > 2*mostExecutes || d.bytes > 2*mostBytes {
		_ = d.rewrite(all)
	} else if _, err := d.file.Write(append(line, '\n')); err != nil {
		d.stale = true
	}
	d.lines++
	d.bytes += len(line) + 1
	if used.news() {
		_ = d.save(used)
	}
}

// rewrite makes the file what is kept.
func (d *disk) rewrite(all []kept) error {
	d.stale = true // until it is done
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	for _, e := range all {
		if err := encoder.Encode(e.Execute); err != nil {
			return fmt.Errorf("encoding a call: %w", err)
		}
	}
	if err := d.replace(executesName, content.Bytes()); err != nil {
		return err
	}
	if d.file != nil {
		_ = d.file.Close()
	}
	var err error
	d.file, err = os.OpenFile(filepath.Join(d.dir, executesName), os.O_APPEND|os.O_WRONLY, 0o600)
	d.lines, d.bytes, d.stale = len(all), content.Len(), err != nil
	return err
}

func (d *disk) save(used usage) error {
	content, err := json.Marshal(used)
	if err != nil {
		return fmt.Errorf("encoding what was used: %w", err)
	}
	return d.replace(usageName, content)
}

// replace writes a file that only this user can read, in one step.
func (d *disk) replace(name string, content []byte) error {
	temporary := filepath.Join(d.dir, name+unfinished)
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(d.dir, name))
}

func (d *disk) close(all []kept, used usage) error {
	var errs []error
	if d.stale && (d.file != nil || len(all) > 0) {
		errs = append(errs, d.rewrite(all))
	}
	if len(used) > 0 {
		errs = append(errs, d.save(used))
	}
	if d.file != nil {
		errs = append(errs, d.file.Close())
	}
	return errors.Join(errs...)
}

// Remove removes what is kept in dir, and dir unless it holds what is others'.
func Remove(dir string) error {
	for _, name := range []string{executesName, usageName, executesName + unfinished, usageName + unfinished} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the record of calls: %w", err)
		}
	}
	_ = os.Remove(dir) // not when something else is there
	return nil
}
