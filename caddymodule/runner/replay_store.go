package runner

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	replayEntries = 1000
	replayExpiry  = 10 * time.Minute
	// replayBytes bounds the bodies that are kept; 1000 large ones would not
	// fit in memory.
	replayBytes = 64 << 20
)

// replayKey is a digest of tenant, extension and idempotency key. Keys come
// from callers and may be long.
type replayKey [sha256.Size]byte

func newReplayKey(c call) replayKey {
	var scoped []byte
	for _, part := range []string{c.tenant, c.extension, c.idempotencyKey} {
		// With its length, so that no two triples read the same.
		scoped = binary.BigEndian.AppendUint64(scoped, uint64(len(part)))
		scoped = append(scoped, part...)
	}
	return sha256.Sum256(scoped)
}

// outcomes are completed runs, bounded in number, bytes and age. It is not
// safe for concurrent use.
type outcomes struct {
	entries *simplelru.LRU[replayKey, stored]
	bytes   int
}

type stored struct {
	out     outcome
	expires time.Time
}

func newOutcomes() *outcomes {
	o := &outcomes{}
	entries, err := simplelru.NewLRU(replayEntries, func(_ replayKey, s stored) { o.bytes -= s.out.size() })
	if err != nil {
		panic(err) // the size above is positive
	}
	o.entries = entries
	return o
}

func (o *outcomes) get(key replayKey) (outcome, bool) {
	s, ok := o.entries.Get(key)
	if ok && !time.Now().Before(s.expires) {
		o.entries.Remove(key)
		return outcome{}, false
	}
	return s.out, ok
}

func (o *outcomes) add(key replayKey, out outcome) {
	if out.size() > replayBytes {
		return
	}
	o.entries.Remove(key)
	o.bytes += out.size()
	o.entries.Add(key, stored{out, time.Now().Add(replayExpiry)})
	for o.bytes > replayBytes {
		o.entries.RemoveOldest()
	}
}
