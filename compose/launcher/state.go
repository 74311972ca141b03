package launcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// kept is what the state file holds.
type kept struct {
	// Instance is whose workers these are.
	Instance  string     `json:"instance"`
	Snapshots []Snapshot `json:"snapshots,omitempty"`
	// Ending are the containers that are being killed, and why: one that then
	// ends with code 0 has not succeeded, whoever finds it.
	Ending map[string]Status `json:"ending,omitempty"`
}

// state is kept and the file that it is kept in.
type state struct {
	file string

	mu sync.Mutex
	kept
}

// openState reads the file, or makes one with an instance of its own.
func openState(file string) (*state, error) {
	s := &state{file: file}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Instance = uuid.NewString()
	case err != nil:
		return nil, fmt.Errorf("reading the launcher's state: %w", err)
	default:
		if err := json.Unmarshal(text, &s.kept); err != nil || s.Instance == "" {
			return nil, fmt.Errorf("reading the launcher's state %s: %w; delete it, and the containers and images with the label %s by hand", file, errors.Join(err, errNoState), LabelInstance)
		}
	}
	if s.Ending == nil {
		s.Ending = map[string]Status{}
	}
	return s, s.write()
}

var errNoState = errors.New("it names no instance")

// write replaces the file as a whole.
func (s *state) write() error {
	text, err := json.MarshalIndent(s.kept, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(s.file), 0o700)
	}
	if err == nil {
		err = os.WriteFile(s.file+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(s.file+".new", s.file)
	}
	if err != nil {
		return fmt.Errorf("writing the launcher's state: %w", err)
	}
	return nil
}

// change changes the state and writes it down.
func (l *Launcher) change(do func(*kept)) {
	l.state.mu.Lock()
	do(&l.state.kept)
	err := l.state.write()
	l.state.mu.Unlock()
	if err != nil {
		l.capture(Capture{Source: SourceState, Err: err})
	}
}

// endingOf says why a container is being killed; empty when it is not.
func (l *Launcher) endingOf(id string) Status {
	l.state.mu.Lock()
	defer l.state.mu.Unlock()
	return l.state.Ending[id]
}

// Snapshots are the snapshots there are, the oldest first.
func (l *Launcher) Snapshots() []Snapshot {
	l.state.mu.Lock()
	defer l.state.mu.Unlock()
	list := slices.Clone(l.state.Snapshots)
	slices.SortFunc(list, func(a, b Snapshot) int { return a.Created.Compare(b.Created) })
	return list
}

// register keeps a snapshot in place of one of the same image.
func (l *Launcher) register(s Snapshot) {
	l.change(func(k *kept) {
		k.Snapshots = append(slices.DeleteFunc(k.Snapshots, func(old Snapshot) bool { return old.Image == s.Image }), s)
	})
}

// forget drops the entry of an image that is gone.
func (l *Launcher) forget(image string) {
	l.change(func(k *kept) {
		k.Snapshots = slices.DeleteFunc(k.Snapshots, func(s Snapshot) bool { return s.Image == image })
	})
}
