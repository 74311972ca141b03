// Package record keeps the calls of handlers, so that they can be looked at,
// traced and sent again: in memory, and in a file of the state folder that only
// this user can read. Secrets are blanked before anything is kept.
//
// The gateway gives a [Store] what it executed, the engine asks it for what it
// has. The package calls nobody.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// How much is kept.
const (
	mostExecutes = 500
	mostBytes    = 16 << 20
	// longestBody is the largest body that is kept.
	longestBody = 256 << 10
	// longestLine is the longest record, in the file.
	longestLine = 4 << 20
	// waiting is how many calls may wait to be written; the next are dropped,
	// as no request waits for its record.
	waiting = 256
)

// ErrUnknown says that there is no such call, [ErrAmbiguous] that an id's
// beginning is that of several.
var (
	ErrUnknown   = errors.New("no such call is recorded")
	ErrAmbiguous = errors.New("several calls begin with that id")
)

// Store is safe for concurrent use.
type Store struct {
	tasks   sync.WaitGroup
	queue   chan job
	closed  chan struct{}
	once    sync.Once
	disk    *disk
	dropped atomic.Int64

	mu       sync.Mutex
	redactor *Redactor
	executes []kept // oldest first
	bytes    int
	usage    usage
}

// kept is one call, and how long it is in the file.
type kept struct {
	runnerstatus.Execute
	size int
}

// job is a call to be kept, or, with done, a question whether all before it is.
type job struct {
	execute runnerstatus.Execute
	done    chan struct{}
}

// Open reads what dir has, and keeps there what comes; the folder is made. What
// cannot be read any more is left out.
func Open(dir string) (*Store, error) {
	d, err := openDisk(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the record of calls: %w", err)
	}
	s := &Store{queue: make(chan job, waiting), closed: make(chan struct{}), disk: d, redactor: NewRedactor(nil, nil)}
	s.executes, s.usage = d.load()
	for _, e := range s.executes {
		s.bytes += e.size
	}
	s.tasks.Go(s.write)
	return s, nil
}

// Hide has these values, and what stands under these names, blanked from now
// on, and in what was kept before.
func (s *Store) Hide(values, names []string) {
	r := NewRedactor(values, names)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redactor = r
	changed := false
	for i := range s.executes {
		changed = s.executes[i].hide(r) || changed
	}
	if changed {
		_ = s.disk.rewrite(s.executes) // or it is at the next call
	}
}

// hide blanks what is kept once more, and says whether that changed anything.
func (k *kept) hide(r *Redactor) bool {
	e := cloned(k.Execute)
	r.Execute(&e)
	places := slices.Clone(k.Redacted)
	for _, place := range e.Redacted {
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	e.Redacted = places
	changed := !reflect.DeepEqual(e, k.Execute)
	k.Execute = e
	return changed
}

// Redactor is what blanks secrets now.
func (s *Store) Redactor() *Redactor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.redactor
}

// Add keeps a call. It does not wait; what e refers to must not change.
func (s *Store) Add(e runnerstatus.Execute) {
	select {
	case <-s.closed:
	case s.queue <- job{execute: e}:
	default:
		s.dropped.Add(1)
	}
}

// Dropped is how many calls were not kept: they came faster than they could be
// written.
func (s *Store) Dropped() int { return int(s.dropped.Load()) }

// settle waits until what was added is kept.
func (s *Store) settle() {
	done := make(chan struct{})
	select {
	case s.queue <- job{done: done}:
	case <-s.closed:
		return
	}
	select {
	case <-done:
	case <-s.closed:
	}
}

// List is what is kept, oldest first.
func (s *Store) List() []runnerstatus.Execute {
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]runnerstatus.Execute, len(s.executes))
	for i, e := range s.executes {
		out[i] = e.Execute
	}
	return out
}

// Find gives the newest call with that id, or the one whose id begins so.
func (s *Store) Find(id string) (runnerstatus.Execute, error) {
	var found []runnerstatus.Execute
	for _, e := range slices.Backward(s.List()) {
		if e.ID == id {
			return e, nil
		}
		if id != "" && strings.HasPrefix(e.ID, id) && !slices.ContainsFunc(found, func(f runnerstatus.Execute) bool { return f.ID == e.ID }) {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return runnerstatus.Execute{}, fmt.Errorf("%q: %w", id, ErrUnknown)
	case 1:
		return found[0], nil
	}
	return runnerstatus.Execute{}, fmt.Errorf("%q: %w", id, ErrAmbiguous)
}

// Close writes what waits, and ends.
func (s *Store) Close() error {
	s.settle()
	s.once.Do(func() { close(s.closed) })
	s.tasks.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disk.close(s.executes, s.usage)
}

// BodyOf is a body as it is recorded, before secrets are blanked; nil for
// none.
func BodyOf(content []byte) *runnerstatus.Body {
	switch {
	case content == nil:
		return nil
	case len(content) > longestBody:
		return &runnerstatus.Body{Bytes: len(content), Left: "too large"}
	}
	return &runnerstatus.Body{Bytes: len(content), Text: string(content)}
}

// AnswerBodyOf is BodyOf for an answer, which can be compared though it is left
// out.
func AnswerBodyOf(content []byte) *runnerstatus.Body {
	b := BodyOf(content)
	if b != nil {
		sum := sha256.Sum256(content)
		b.SHA256 = hex.EncodeToString(sum[:])
	}
	return b
}
