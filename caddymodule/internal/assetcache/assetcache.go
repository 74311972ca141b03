// Package assetcache keeps in memory what content-addressed URLs name, so
// that a runner across a network is asked for each asset once, and a swap
// between runners asks none of them again.
//
// The Caddy handler of the runner calls it with the way to the runner; it
// calls nothing but that. The engine owns the one cache there is.
package assetcache

import (
	"math"
	"net/http"
	"sync"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// DefaultBytes is what a cache holds unless told otherwise: some dozens of
// builds of a usual extension.
const DefaultBytes = 64 << 20

// share is how much of the cache one asset may take.
const share = 8

// refusals is how many URLs are remembered as not to be kept.
const refusals = 1024

// Fetch sends r to the runner and its answer to w. When it returns an error
// nothing was written to w.
type Fetch func(w http.ResponseWriter, r *http.Request) error

// Cache keeps assets, the longest unused of which go when there is no more
// room. It is safe for concurrent use.
type Cache struct {
	mu       sync.Mutex
	assets   *simplelru.LRU[string, *asset]
	flights  map[string]*flight
	bytes    int64
	arriving int64 // bytes of answers that are being taken in
	limit    int64

	// refused remembers URLs whose answers are not kept, since a request for
	// one can then be sent on as it is: with its Range, and beside others
	refused *lru.Cache[string, struct{}]

	hits, misses, bypasses, evictions atomic.Int64
}

// New makes a cache of at most limit bytes; 0 or less keeps nothing.
func New(limit int64) *Cache {
	c := &Cache{limit: max(limit, 0), flights: map[string]*flight{}}
	// room is counted in bytes, not in assets; both fail for sizes below 1 only
	c.assets, _ = simplelru.NewLRU[string, *asset](math.MaxInt, nil)
	c.refused, _ = lru.New[string, struct{}](refusals)
	return c
}

// Serve answers r from memory, or with what fetch brings. The error is
// fetch's, or the request's context's when the client left; then nothing was
// written to w.
func (c *Cache) Serve(w http.ResponseWriter, r *http.Request, fetch Fetch) error {
	key, ok := keyOf(r)
	if !ok || c.refused.Contains(key) {
		return c.bypass(w, r, fetch)
	}
	for anew := asksAnew(r); ; anew = false {
		kept, running, first := c.look(key, anew, r.Method == http.MethodGet)
		switch {
		case kept != nil:
			c.hits.Add(1)
			c.answer(w, r, kept, hit)
			return nil
		case first:
			return c.fill(w, r, key, running, fetch)
		case running == nil:
			return c.bypass(w, r, fetch)
		}
		select {
		case <-running.done:
		case <-r.Context().Done():
			return r.Context().Err()
		}
		switch {
		case running.err != nil:
			return running.err
		case running.kept != nil:
			c.hits.Add(1)
			c.answer(w, r, running.kept, hit)
			return nil
		case !running.abandoned:
			return c.bypass(w, r, fetch)
		}
	}
}

// bypass sends r on as it came.
func (c *Cache) bypass(w http.ResponseWriter, r *http.Request, fetch Fetch) error {
	c.bypasses.Add(1)
	return fetch(w, r)
}

// look gives what is kept under key, else the flight that brings it. A flight
// that is begun here is the caller's to end; only a GET may begin one.
func (c *Cache) look(key string, anew, begin bool) (kept *asset, running *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.assets.Get(key); ok && !anew {
		return kept, nil, false
	}
	if running := c.flights[key]; running != nil {
		return nil, running, false
	}
	if !begin || c.limit == 0 {
		return nil, nil, false
	}
	running = &flight{done: make(chan struct{})}
	c.flights[key] = running
	return nil, running, true
}
