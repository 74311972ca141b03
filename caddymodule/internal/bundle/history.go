package bundle

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// DefaultKept is how many bundles a [History] keeps unless told otherwise.
const DefaultKept = 20

// History is the last bundles of one extension. It is safe for concurrent
// use.
type History struct {
	dir  string
	kept int
	log  *slog.Logger

	saving sync.Mutex // one Save at a time, while others read

	mu      sync.Mutex
	last    int       // the highest number given
	records []*record // newest first; replaced, never changed
	unsaved bool
}

// Entry describes a bundle of a [History].
type Entry struct {
	Number int       `json:"number"` // from 1, never given twice
	Build  string    `json:"build"`
	Hash   string    `json:"hash"`
	Time   time.Time `json:"time"`
	Sizes
	Cause
}

// Cause is how a bundle came to be.
type Cause struct {
	// Saved are the files whose saves led to it, relative to the extension's
	// folder; none for what was there at a start, or was asked for.
	Saved []string `json:"saved,omitempty"`
	// Changed are the paths in the bundle that differ from the one before.
	Changed []string `json:"changed,omitempty"`
	// Took is from the save until it answered.
	Took time.Duration `json:"took,omitempty"`
}

// record is an entry with its bundle or, until somebody asks for that, with
// where on disk it is.
type record struct {
	Entry
	parts []part // nil before it is saved; under History.saving

	mu     sync.Mutex
	bundle *Bundle
}

// OpenHistory reads what an earlier process left in dir, where the extension's
// [Maker] keeps its files, too. What cannot be read is dropped, and log says
// why. An empty dir keeps the history in memory; kept below 1 is
// [DefaultKept]; a nil log gets nothing.
func OpenHistory(dir string, kept int, log *slog.Logger) *History {
	if kept < 1 {
		kept = DefaultKept
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &History{dir: dir, kept: kept, log: log}
	if dir != "" {
		h.load()
	}
	return h
}

// Add makes b current, as of at: in this process at once, and for the next one
// with [History.Save]. Content that is known already moves up under a new
// number, unless it is current; then nothing changes.
func (h *History) Add(b *Bundle, at time.Time, why Cause) Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.records) > 0 && h.records[0].Hash == b.Hash {
		return h.records[0].Entry
	}
	h.last++
	added := &record{bundle: b, Entry: Entry{Number: h.last, Build: b.Build(), Hash: b.Hash, Time: at, Sizes: b.Sizes(), Cause: why}}
	records := []*record{added}
	for _, old := range h.records {
		if old.Hash != b.Hash && len(records) < h.kept {
			records = append(records, old)
		}
	}
	h.records, h.unsaved = records, true
	return added.Entry
}

// Save writes to disk what was added since it was last written. The error is
// an [*Error]; what is on disk is then as before, what was added goes on being
// found, and the next Save tries again.
func (h *History) Save() error {
	h.saving.Lock()
	defer h.saving.Unlock()
	h.mu.Lock()
	records, last, unsaved := h.records, h.last, h.unsaved && h.dir != ""
	h.unsaved = false
	h.mu.Unlock()
	if !unsaved {
		return nil
	}
	err := h.write(records, last)
	if err != nil {
		h.mu.Lock()
		h.unsaved = true
		h.mu.Unlock()
	}
	return err
}

// Current gives the newest bundle; false when there is none.
func (h *History) Current() (*Bundle, bool) {
	return h.find(func(Entry) bool { return true })
}

// Newest describes the newest bundle; false when there is none.
func (h *History) Newest() (Entry, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.records) == 0 {
		return Entry{}, false
	}
	return h.records[0].Entry, true
}

// ByHash gives the bundle of a content hash, "sha256:<hex>".
func (h *History) ByHash(hash string) (*Bundle, bool) {
	return h.find(func(e Entry) bool { return e.Hash == hash })
}

// ByBuild gives the newest bundle of a build id.
func (h *History) ByBuild(build string) (*Bundle, bool) {
	return h.find(func(e Entry) bool { return e.Build == build })
}

// List describes the bundles, newest first.
func (h *History) List() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Entry, len(h.records))
	for i, record := range h.records {
		list[i] = record.Entry
	}
	return list
}

// find gives the newest bundle that matches and that can still be had.
func (h *History) find(matches func(Entry) bool) (*Bundle, bool) {
	for {
		record := h.first(matches)
		if record == nil {
			return nil, false
		}
		b, err := record.open(h.dir)
		if err == nil {
			return b, true
		}
		if full := (*Error)(nil); errors.As(err, &full) {
			h.log.Warn("leaving a build on disk", "build", record.Build, "error", err)
			return nil, false // the build is good, there is only no room to unpack it
		}
		h.drop(record, err)
	}
}

func (h *History) first(matches func(Entry) bool) *record {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, record := range h.records {
		if matches(record.Entry) {
			return record
		}
	}
	return nil
}

func (h *History) drop(gone *record, reason error) {
	h.log.Warn("dropping a build from the history", "build", gone.Build, "number", gone.Number, "dir", h.dir, "error", reason)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.records = slices.DeleteFunc(slices.Clone(h.records), func(r *record) bool { return r == gone })
}

// open gives the record's bundle, from disk the first time.
func (r *record) open(dir string) (*Bundle, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bundle != nil {
		return r.bundle, nil
	}
	b, err := restore(dir, r.Hash, r.parts)
	if err != nil {
		return nil, fmt.Errorf("restoring build %s: %w", r.Build, err)
	}
	r.bundle = b
	return b, nil
}

func (h *History) indexFile() string { return filepath.Join(h.dir, "history.json") }
