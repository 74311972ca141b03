package assetcache

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestCache_passes_a_large_asset_through_and_remembers_that(t *testing.T) {
	large := strings.Repeat("x", 3000)
	for name, announced := range map[string]bool{"announced": true, "not announced": false} {
		t.Run(name, func(t *testing.T) {
			c, n := New(8000), immutable("text/plain", "")
			answer := n.answer
			var ranges []string
			n.answer = func(w http.ResponseWriter, r *http.Request) {
				ranges = append(ranges, r.Header.Get("Range"))
				if announced {
					w.Header().Set("Content-Length", "3000")
				}
				answer(w, r)
				for i := range 3 {
					io.WriteString(w, large[i*1000:(i+1)*1000])
				}
			}
			for range 2 {
				res := ask(t, c, n, "GET", url("film"), "Range", "bytes=0-")
				assert.Equal(t, large, body(t, res))
				assert.Equal(t, "text/plain", res.Header.Get("Content-Type"))
			}
			assert.Equal(t, []string{"", "bytes=0-"}, ranges, "then the range is the runner's business")
			assert.Zero(t, c.Stats().Bytes)
		})
	}
}

func TestCache_lets_nobody_wait_for_another_client_s_stream(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	c, n := New(1<<20), &runner{}
	n.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: 1\n\n")
		if n.asked.Load() == 1 {
			close(begun)
			<-end
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		assert.NoError(t, c.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", url("events"), nil), n.fetch))
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w := httptest.NewRecorder()
	assert.NoError(t, c.Serve(w, httptest.NewRequestWithContext(ctx, "GET", url("events"), nil), n.fetch))
	assert.Equal(t, "data: 1\n\n", w.Body.String())
	close(end)
	<-done
	assert.Empty(t, c.flights)
}

func TestCache_brings_an_asset_once_for_all_who_ask_at_once(t *testing.T) {
	c, n := New(1<<20), immutable("text/plain", "shared")
	answer, entered, release := n.answer, make(chan struct{}), make(chan struct{})
	n.answer = func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		answer(w, r)
	}
	var all sync.WaitGroup
	get := func() { assert.Equal(t, "shared", body(t, ask(t, c, n, "GET", url("a")))) }
	all.Go(get)
	<-entered
	for range 20 {
		all.Go(get)
	}
	close(release)
	all.Wait()
	assert.EqualValues(t, 1, n.asked.Load())
}

func TestCache_lets_another_ask_when_the_first_client_leaves(t *testing.T) {
	c, n := New(1<<20), immutable("text/plain", "later")
	ctx, leave := context.WithCancel(t.Context())
	entered, left := make(chan struct{}), make(chan error)
	go func() {
		r := httptest.NewRequest("GET", url("a"), nil).WithContext(ctx)
		left <- c.Serve(httptest.NewRecorder(), r, func(_ http.ResponseWriter, r *http.Request) error {
			close(entered)
			<-r.Context().Done()
			return r.Context().Err()
		})
	}()
	<-entered
	second := make(chan string)
	go func() {
		w := httptest.NewRecorder()
		assert.NoError(t, c.Serve(w, httptest.NewRequest("GET", url("a"), nil), n.fetch))
		second <- w.Body.String()
	}()
	leave()
	assert.ErrorIs(t, <-left, context.Canceled)
	assert.Equal(t, "later", <-second)
}

func TestCache_tells_all_who_wait_of_a_runner_that_fails_and_asks_again_later(t *testing.T) {
	c, down := New(1<<20), errors.New("down")
	r := httptest.NewRequest("GET", url("a"), nil)
	assert.ErrorIs(t, c.Serve(httptest.NewRecorder(), r, func(http.ResponseWriter, *http.Request) error { return down }), down)
	assert.Equal(t, "up", body(t, ask(t, c, immutable("text/plain", "up"), "GET", url("a"))))
}

func TestCache_takes_in_no_more_at_once_than_it_keeps(t *testing.T) {
	c, n := New(8<<10), immutable("image/png", "")
	answer, end := n.answer, make(chan struct{})
	entered := make(chan struct{})
	n.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answer(w, nil)
		io.WriteString(w, "x")
		entered <- struct{}{}
		<-end
		io.WriteString(w, strings.Repeat("x", 999))
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			assert.Len(t, body(t, ask(t, c, n, "GET", url("a?"+strconv.Itoa(i)))), 1000)
		})
	}
	for range 20 {
		<-entered
	}
	assert.LessOrEqual(t, c.arriving, int64(8<<10))
	assert.GreaterOrEqual(t, c.arriving, int64(7<<10))
	close(end)
	all.Wait()
	assert.Zero(t, c.arriving)
	assert.Zero(t, c.refused.Len(), "each may be kept another time")
	assert.NotZero(t, c.Stats().Assets)
}

func TestCache_takes_no_room_for_an_answer_that_merely_passes(t *testing.T) {
	c, n := New(8000), immutable("text/plain", strings.Repeat("x", 900))
	answer := n.answer
	n.answer = func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		assert.EqualValues(t, 900, c.arriving)
		answer(w, r) // by which it is more than can be kept
		assert.Zero(t, c.arriving, "whoever reads it may take long")
	}
	assert.Len(t, body(t, ask(t, c, n, "GET", url("film"))), 1800)
	assert.Zero(t, c.arriving)
}

func TestCache_adds_to_what_handlers_around_it_said_that_the_answer_depends_on(t *testing.T) {
	for name, n := range map[string]*runner{
		"kept": immutable("text/javascript", script),
		"passed": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Vary", "Accept-Encoding")
			io.WriteString(w, script)
		}},
	} {
		c := New(1 << 20)
		for range 2 {
			w := httptest.NewRecorder()
			w.Header().Set("Vary", "Origin")
			assert.NoError(t, c.Serve(w, httptest.NewRequest("GET", url("a.js"), nil), func(w http.ResponseWriter, r *http.Request) error {
				if w.Header().Get("Vary") == "" { // as Serve gives it to those who fetch what may be kept
					return n.fetch(w, r)
				}
				w.Header().Add("Vary", "Accept-Encoding") // as a reverse proxy does
				return nil
			}))
			assert.Equal(t, []string{"Origin", "Accept-Encoding"}, w.Header().Values("Vary"), name)
		}
	}
}

func TestCache_keeps_nothing_of_an_answer_that_breaks_off(t *testing.T) {
	for name, fetch := range map[string]Fetch{
		"told by a panic": func(w http.ResponseWriter, _ *http.Request) error {
			immutable("text/plain", "half").answer(w, nil)
			panic(http.ErrAbortHandler)
		},
		"shorter than announced": func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Length", "8")
			immutable("text/plain", "half").answer(w, nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, w := New(1<<20), httptest.NewRecorder()
			assert.ErrorIs(t, c.Serve(w, httptest.NewRequest("GET", url("a"), nil), fetch), errBroken)
			assert.Empty(t, w.Body.String())
			assert.Equal(t, "whole", body(t, ask(t, c, immutable("text/plain", "whole"), "GET", url("a"))))
		})
	}
}

func TestCache_passes_on_the_panic_of_an_answer_that_breaks_off_on_its_way_to_the_client(t *testing.T) {
	c := New(1 << 20)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		_ = c.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", url("a"), nil), func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "not to be kept")
			panic(http.ErrAbortHandler)
		})
	})
	assert.Equal(t, "x", body(t, ask(t, c, immutable("text/plain", "x"), "GET", url("a"))), "and nobody waits for it")
}
