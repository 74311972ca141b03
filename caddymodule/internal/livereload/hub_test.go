package livereload

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func published(build string) event.Published {
	return event.Published{Extension: extension, Build: build, Scope: event.Page}
}

func TestHub_tells_a_page_the_standing_state_at_once(t *testing.T) {
	h := newHub()
	h.apply(published("b1"))
	h.apply(event.BuildStarted{Extension: extension})
	h.apply(broken)
	h.apply(event.BuildFailed{Extension: extension, Target: event.Handler, Problems: []event.Problem{{Message: "no"}}})
	h.apply(event.Trapped{Extension: extension, Build: "b1", Problem: event.Problem{Message: "trap"}})
	h.apply(event.Trapped{Extension: extension, Build: "b0", Problem: event.Problem{Message: "of an older build"}})

	got := look(t, h)
	assert.Equal(t, "b1", got.Build)
	assert.False(t, got.Building)
	require.Len(t, got.Failures, 2)
	assert.Equal(t, event.UI, got.Failures[0].Target)
	assert.Equal(t, []string{"building", "1 error"}, got.Failures[0].Output, "without its colours")
	assert.Equal(t, "trap", got.Trap.Problem.Message)
}

func TestHub_keeps_one_failure_per_target_until_something_is_published(t *testing.T) {
	h := newHub()
	for n := range 3 {
		h.apply(event.BuildFailed{Extension: extension, Target: event.UI, Number: n, Problems: []event.Problem{{Message: "no"}}})
	}
	got := look(t, h)
	require.Len(t, got.Failures, 1)
	assert.Equal(t, 2, got.Failures[0].Number)

	h.apply(event.Trapped{Extension: extension})
	h.apply(published("b1"))
	got = look(t, h)
	assert.Empty(t, got.Failures)
	assert.Nil(t, got.Trap)
}

func TestHub_remembers_so_many_builds_and_what_styles_changed(t *testing.T) {
	h := newHub()
	for n := range remembered + 4 {
		h.apply(event.Published{Extension: extension, Build: fmt.Sprint("b", n), Scope: event.Style, Changed: []string{fmt.Sprint("ui/", n, ".css")}})
	}
	many := make([]string, listedFiles+1)
	h.apply(event.Published{Extension: extension, Build: "many", Scope: event.Style, Changed: many})

	got := look(t, h).Builds
	require.Len(t, got, remembered)
	assert.Equal(t, build{ID: "b5", Scope: event.Style, Changed: []string{"ui/5.css"}}, got[0])
	assert.Equal(t, build{ID: "many", Scope: event.Page}, got[remembered-1])
}

func TestHub_skips_a_slow_page_ahead_and_wakes_only_whom_it_concerns(t *testing.T) {
	h := newHub()
	slow, _ := h.join([]string{extension})
	other, _ := h.join([]string{"acme.other"})
	h.take(slow)
	h.take(other)
	<-other.wake
	for n := range 1000 {
		h.apply(published(fmt.Sprint("b", n)))
	}
	<-slow.wake
	states := h.take(slow)
	require.Len(t, states, 1)
	assert.Equal(t, "b999", states[0].Build)
	assert.Empty(t, slow.wake)
	assert.Empty(t, other.wake)
}

func TestHub_gives_the_newest_state_to_a_thousand_pages(t *testing.T) {
	h := newHub()
	var pages sync.WaitGroup
	for range 1000 {
		l, open := h.join([]string{extension})
		require.True(t, open)
		pages.Go(func() {
			defer h.leave(l)
			for range l.wake {
				if states := h.take(l); len(states) == 1 && states[0].Build == "last" {
					return
				}
			}
		})
	}
	for n := range 100 {
		h.apply(published(fmt.Sprint("b", n)))
	}
	h.apply(published("last"))
	pages.Wait()
	assert.Empty(t, h.listeners)
}

// look is what a page that connects now is told first.
func look(t *testing.T, h *hub) state {
	t.Helper()
	l, open := h.join([]string{extension})
	require.True(t, open)
	defer h.leave(l)
	states := h.take(l)
	require.Len(t, states, 1)
	return states[0]
}

func TestEvents_are_sent_with_a_heartbeat_until_the_page_leaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		reader, _ := h.join([]string{extension})
		w := httptest.NewRecorder()
		s := &stream{w: w, control: http.NewResponseController(w), own: extension}
		ctx, cancel := context.WithTimeout(t.Context(), 2*heartbeat+time.Second) // of the bubble's clock
		defer cancel()
		s.follow(ctx, h, reader)
		assert.Equal(t, 2, strings.Count(w.Body.String(), ": still here\n\n"))
		assert.True(t, w.Flushed)
	})
}

func TestLive_streams_what_the_bus_says_and_ends_with_it(t *testing.T) {
	var bus event.Bus
	l, err := New(Config{Bus: &bus, Folder: func(string) (string, bool) { return "", true }})
	require.NoError(t, err)
	run := l.Subscribe()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	server := httptest.NewServer(l)
	defer server.Close()
	url := server.URL + DefaultPrefix + "events?ext=acme.test&t=" + l.tokens.page(extension)

	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	assert.Equal(t, "retry: 1000", nextLine(lines))
	assert.Empty(t, nextState(t, lines).Build)
	bus.Publish(published("b1"))
	assert.Equal(t, "b1", nextState(t, lines).Build)

	stop()
	running.Wait()
	_, err = io.Copy(io.Discard, res.Body)
	assert.NoError(t, err, "the stream ended well")
	res, err = http.Get(url)
	require.NoError(t, err)
	assert.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestLive_does_not_wait_for_a_page_that_reads_nothing(t *testing.T) {
	var bus event.Bus
	l, err := New(Config{Bus: &bus, Folder: func(string) (string, bool) { return "", true }})
	require.NoError(t, err)
	run := l.Subscribe()
	var running sync.WaitGroup
	running.Go(func() { run(t.Context()) })
	server := httptest.NewServer(l)
	defer server.Close()
	deaf, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer deaf.Close()
	_, err = fmt.Fprintf(deaf, "GET %sevents?ext=acme.test&t=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", DefaultPrefix, l.tokens.page(extension))
	require.NoError(t, err)
	large := []event.Problem{{Message: strings.Repeat("x", 1<<20)}}
	for range 32 {
		bus.Publish(event.BuildFailed{Extension: extension, Problems: large})
	}
	bus.Publish(published("last"))
	assert.Eventually(t, func() bool { return look(t, l.hub).Build == "last" }, time.Minute, 10*time.Millisecond)
	bus.Close()
	running.Wait()
}

func nextState(t *testing.T, lines *bufio.Scanner) (next state) {
	t.Helper()
	for lines.Scan() {
		if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
			require.NoError(t, json.Unmarshal([]byte(data), &next))
			return next
		}
	}
	require.FailNow(t, "the stream ended", lines.Err())
	return state{}
}

func nextLine(lines *bufio.Scanner) string {
	lines.Scan()
	return lines.Text()
}
