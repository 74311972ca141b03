package stack

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// remains are the last lines of containers that are gone: with a container goes
// its log, and another process that follows it may not have read them yet. Each
// container that this process removes leaves a file, dir/ID. The zero value keeps
// none.
type remains struct{ dir string }

const (
	// remainingLines of a container are kept: more than a follower in another
	// process can be behind when the container has stopped.
	remainingLines = 5000
	// remainingFiles are kept: who has not heard of so many removals reads no more.
	remainingFiles = 16
)

// remainsIn are those of one project: several may share a state folder.
func remainsIn(stateDir, project string) remains {
	if stateDir == "" {
		return remains{}
	}
	return remains{filepath.Join(stateDir, "remains", project)}
}

// preserve keeps the last lines of a container that is about to be removed.
func (s *Stack) preserve(ctx context.Context, id string) error {
	if s.remains.dir == "" {
		return nil
	}
	c, err := s.Engine.Inspect(ctx, id)
	var lines bytes.Buffer
	if err == nil {
		encoder := json.NewEncoder(&lines)
		err = s.Engine.Logs(ctx, id, docker.LogQuery{TTY: c.TTY, Tail: remainingLines}, func(l docker.LogLine) error { return encoder.Encode(l) })
	}
	// A conflict is the engine's word for a container that another process is removing.
	if docker.Is(err, docker.CodeContainerNotFound, docker.CodeConflict) || (err == nil && lines.Len() == 0) {
		return nil
	}
	if err == nil {
		err = s.remains.write(id, lines.Bytes())
	}
	if err != nil {
		return fmt.Errorf("keeping the last lines of a container: %w", err)
	}
	return nil
}

// write makes the file appear whole: its readers come at any time.
func (r remains) write(id string, lines []byte) error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(r.dir, "new-")
	if err != nil {
		return err
	}
	_, err = file.Write(lines)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), filepath.Join(r.dir, id))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return r.prune()
}

// prune removes the oldest files beyond those that are kept.
func (r remains) prune() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil || len(entries) <= remainingFiles {
		return err
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return written(b).Compare(written(a)) })
	var errs []error
	for _, entry := range entries[remainingFiles:] {
		if err := os.Remove(filepath.Join(r.dir, entry.Name())); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// clear removes all of them; a reader that has begun reads to the end.
func (r remains) clear() error {
	if r.dir == "" {
		return nil
	}
	if err := os.RemoveAll(r.dir); err != nil {
		return fmt.Errorf("removing the last lines of containers: %w", err)
	}
	return nil
}

func written(entry os.DirEntry) time.Time {
	info, err := entry.Info()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// read gives the lines that a container left; none is no error.
func (r remains) read(id string, emit func(docker.LogLine) error) error {
	if r.dir == "" {
		return nil
	}
	file, err := os.Open(filepath.Join(r.dir, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var line docker.LogLine
		if err := decoder.Decode(&line); err != nil {
			return err
		}
		if err := emit(line); err != nil {
			return err
		}
	}
	return nil
}
