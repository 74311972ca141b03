package dockerrunner

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// nonces remembers what was used. When it is full it refuses rather than
// forgets: a forgotten nonce could be used again. A clock that was set back
// makes old requests young, so none is taken that is not younger than all whose
// nonces were forgotten.
type nonces struct {
	keep  time.Duration
	limit int

	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	queue []remembered // oldest first; all are kept for the same time
	floor int64        // milliseconds since 1970: the youngest that was forgotten
}

type remembered struct {
	key   [sha256.Size]byte
	until time.Time // by the clock that nobody sets
	at    int64     // as the client signed it
}

// maxNonces take some 15 MiB; 400 requests a second for four minutes.
const maxNonces = 100_000

// latest is how long after the check of its time a request may use its nonce:
// in between its body arrives, and is decoded, which takes seconds for a large
// one on a busy machine.
const latest = bodyPatience + 10*time.Second

// newNonces keeps each for at least twice the accepted skew, and beyond that for
// as long as a request may take: what is forgotten then was signed before any
// honest request that still may use its nonce, however their clocks differ.
func newNonces(keep time.Duration) *nonces {
	return &nonces{keep: max(keep, 2*maxSkew) + latest, limit: maxNonces, until: map[[sha256.Size]byte]time.Time{}}
}

func (n *nonces) seen(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	until, found := n.until[sha256.Sum256([]byte(nonce))]
	return found && now.Before(until)
}

// use remembers the nonce of a request that was signed at that millisecond. Of
// two requests with the same one, the second is told.
func (n *nonces) use(nonce string, at int64, now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.queue) > 0 && !now.Before(n.queue[0].until) {
		delete(n.until, n.queue[0].key)
		n.floor = max(n.floor, n.queue[0].at)
		n.queue = n.queue[1:]
	}
	if at <= n.floor {
		return denied(codeTimestampRange, "x-dr-timestamp is not after earlier requests: the clock of this machine was set back; set it right, or start the service anew")
	}
	r := remembered{key: sha256.Sum256([]byte(nonce)), until: now.Add(n.keep), at: at}
	if _, found := n.until[r.key]; found {
		return denied(codeReplayedNonce, "x-dr-nonce was used before")
	}
	if len(n.queue) >= n.limit {
		return &failure{http.StatusServiceUnavailable, codeNoncesFull, "too many requests in the last four minutes; try again soon", true}
	}
	n.until[r.key] = r.until
	n.queue = append(n.queue, r)
	return nil
}
