// leases.go contains how long containers may live: labels say for how long, a
// small file when they were last used. Both survive a restart.

package dockerrunner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// The labels of containers that this service started.
const (
	instanceLabel = "devproxy.docker-runner.instance" // whose they are
	ttlLabel      = "devproxy.docker-runner.ttl"      // seconds after the last use; 0: for ever
)

// leases are what this service started. Safe for concurrent use.
type leases struct {
	path    string
	ttl     time.Duration
	changed chan struct{} // a lease began; the sweep looks anew

	mu       sync.Mutex
	state    leaseState
	written  map[string]time.Time // what the file says, per container
	active   map[string]int       // commands that run in a container
	failures map[string]attempts
}

// leaseState is the file.
type leaseState struct {
	V        int                  `json:"v"`
	Instance string               `json:"instance"`
	Used     map[string]time.Time `json:"used"` // by id
}

// attempts are those to remove a container.
type attempts struct {
	count int
	next  time.Time
}

// openLeases reads the file, or begins a new one.
func openLeases(dir string, ttl time.Duration) (*leases, error) {
	l := &leases{
		path: filepath.Join(dir, "leases.json"), ttl: ttl, changed: make(chan struct{}, 1),
		state:   leaseState{V: 1, Instance: uuid.NewString(), Used: map[string]time.Time{}},
		written: map[string]time.Time{}, active: map[string]int{}, failures: map[string]attempts{},
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state folder: %w", err)
	}
	text, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading when containers were last used: %w", err)
	}
	if err != nil {
		return l, l.write() // a folder that is read-only shows now rather than later
	}
	if err := json.Unmarshal(text, &l.state); err != nil || l.state.V != 1 || l.state.Used == nil {
		return nil, fmt.Errorf("reading when containers were last used: %s is damaged; remove it, and the containers with the label %s", l.path, instanceLabel)
	}
	now := time.Now()
	for id, at := range l.state.Used {
		if at.After(now) {
			at = now // the clock was set back: nobody can have used it later
		}
		l.state.Used[id], l.written[id] = at, at
	}
	return l, nil
}

// label marks a container's configuration as one of ours.
func (l *leases) label(config map[string]any, seconds *int64) map[string]any {
	labels, ok := config["Labels"].(map[string]any)
	if !ok {
		labels = map[string]any{}
	}
	ttl := max(int64(l.ttl/time.Second), 0)
	if seconds != nil {
		ttl = *seconds
	}
	labels[instanceLabel] = l.state.Instance
	labels[ttlLabel] = strconv.FormatInt(ttl, 10)
	config["Labels"] = labels
	return config
}

// writePause is how much a file may lie behind; a command a second is usual.
const writePause = time.Second

// touch notes that a container is used now. One that is not ours is left alone.
func (l *leases) touch(id string, labels map[string]string) error {
	if labels[instanceLabel] != l.state.Instance {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.state.Used[id] = now
	if now.Sub(l.written[id]) < writePause {
		return nil
	}
	return l.write()
}

// add begins the lease of a container that was started.
func (l *leases) add(id string) error {
	err := l.touch(id, map[string]string{instanceLabel: l.state.Instance})
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return err
}

// close writes down what the file does not say yet.
func (l *leases) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, at := range l.state.Used {
		if !at.Equal(l.written[id]) {
			return l.write()
		}
	}
	return nil
}

// write replaces the file; a crash leaves the old one or the new one.
func (l *leases) write() error {
	text, err := json.Marshal(l.state)
	if err != nil {
		return fmt.Errorf("writing when containers were last used: %w", err)
	}
	next := l.path + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("writing when containers were last used: %w", err)
	}
	if err := os.Rename(next, l.path); err != nil {
		return fmt.Errorf("writing when containers were last used: %w", err)
	}
	for id, at := range l.state.Used {
		l.written[id] = at
	}
	return nil
}
