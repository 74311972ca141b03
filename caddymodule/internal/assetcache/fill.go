// fill.go contains how one request brings an asset for all who wait for it.

package assetcache

import (
	"errors"
	"net/http"
	"sync"
)

// flight is one request to the runner on behalf of many. What it brought may
// be read once done is closed.
type flight struct {
	done chan struct{}
	kept *asset
	err  error
	over sync.Once
	// abandoned: the client that it was begun for left, so that it says
	// nothing about the runner
	abandoned bool
}

// errBroken says that a runner began an answer and did not end it.
var errBroken = errors.New("the runner's answer ended early")

// fill asks the runner, answers the request, and ends the flight.
func (c *Cache) fill(w http.ResponseWriter, r *http.Request, key string, f *flight, fetch Fetch) error {
	c.misses.Add(1)
	defer c.land(key, f)
	f.abandoned = true // until the runner's answer is whole, panics included
	rec := &recorder{to: w, header: http.Header{}, largest: c.largest(), room: c.reserve, free: c.release}
	defer rec.drop()
	rec.passes = func() {
		// from here on it takes as long as this client does: nobody waits for that
		f.abandoned = false
		if rec.status == http.StatusOK && !rec.crowded {
			c.refused.Add(key, struct{}{})
		}
		c.land(key, f)
	}
	err := record(rec, whole(r), fetch)
	if err != nil && !rec.passing {
		f.abandoned = r.Context().Err() != nil
		if !f.abandoned {
			f.err = err
		}
		return err
	}
	if rec.passing {
		return nil
	}
	f.abandoned = false
	f.kept = newAsset(key, rec.header, rec.body)
	c.keep(key, f.kept)
	rec.drop() // a client may take its time from here on
	if timing := rec.header["Server-Timing"]; timing != nil {
		w.Header()["Server-Timing"] = timing // how long this request took, and no later one
	}
	c.answer(w, r, f.kept, stored)
	return nil
}

// land lets go of the flight, and of those who wait for it, once. Nothing of
// the flight may be written any more.
func (c *Cache) land(key string, f *flight) {
	f.over.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		close(f.done)
	})
}

// record runs fetch. Of an answer that breaks off, the reverse proxy tells by
// a panic; as long as the client has nothing of it, that is an error.
func record(rec *recorder, r *http.Request, fetch Fetch) (err error) {
	defer func() {
		if rec.passing {
			return
		}
		if broken := recover(); broken == http.ErrAbortHandler { //nolint:errorlint // a panic's value is compared, as net/http does
			err = errBroken
		} else if broken != nil {
			panic(broken)
		}
	}()
	if err := fetch(rec, r); err != nil {
		return err
	}
	rec.WriteHeader(http.StatusOK) // of an answer that is empty
	if !rec.passing && !rec.complete() {
		return errBroken
	}
	return nil
}

// whole is r without what would make the answer a part of the asset, an
// encoding of it, or nothing because the client has it.
func whole(r *http.Request) *http.Request {
	out := r.WithContext(r.Context())
	out.Header = r.Header.Clone()
	for _, name := range []string{"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		out.Header.Del(name)
	}
	out.Header.Set("Accept-Encoding", "identity")
	return out
}
