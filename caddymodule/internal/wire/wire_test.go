//go:build unix

package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTransport_asks_again_and_again_over_one_connection(t *testing.T) {
	over, opened := served(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/chunks":
			fmt.Fprint(w, "a")
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, "b")
		case "/none":
			w.WriteHeader(http.StatusNoContent)
		case "/old":
			w.WriteHeader(http.StatusNotModified)
		case "/long":
			fmt.Fprint(w, strings.Repeat("x", 300<<10))
		default:
			fmt.Fprintf(w, "%s %s %s", r.Method, r.Host, body)
		}
	})
	for range 2 {
		for path, want := range map[string]string{"/chunks": "ab", "/none": "", "/old": "", "/long": strings.Repeat("x", 300<<10)} {
			got, _ := ask(t, over, http.MethodGet, path, "")
			assert.Equal(t, want, got, path)
		}
		got, res := ask(t, over, http.MethodHead, "/long", "")
		assert.Empty(t, got)
		assert.Equal(t, http.StatusOK, res.StatusCode)
		got, _ = ask(t, over, http.MethodPost, "/", strings.Repeat("y", largest))
		assert.Equal(t, "POST "+over.cfg.Host+" "+strings.Repeat("y", largest), got)
	}
	assert.Equal(t, int64(1), opened.Load())
}

func TestTransport_leaves_to_another_what_is_not_plain(t *testing.T) {
	over := to(t, "127.0.0.1:1")
	for name, change := range map[string]func(*http.Request){
		"an upgrade":               func(r *http.Request) { r.Header.Set("Upgrade", "websocket") },
		"Expect":                   func(r *http.Request) { r.Header.Set("Expect", "100-continue") },
		"Connection":               func(r *http.Request) { r.Header.Set("Connection", "close") },
		"close":                    func(r *http.Request) { r.Close = true },
		"a tunnel":                 func(r *http.Request) { r.Method = http.MethodConnect },
		"another host":             func(r *http.Request) { r.URL.Host = "127.0.0.2:1" },
		"https":                    func(r *http.Request) { r.URL.Scheme = "https" },
		"a body without an end":    func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), -1 },
		"a body of unknown length": func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("x")) },
		"a large body":             func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), largest+1 },
		"a trailer":                func(r *http.Request) { r.Trailer = http.Header{"X-Sum": nil} },
	} {
		r := request(t, http.MethodPost, over.cfg.Host, "/", "")
		change(r)
		_, err := over.RoundTrip(r)
		assert.ErrorIs(t, err, errOther, name)
	}
	_, err := over.RoundTrip(request(t, http.MethodPost, over.cfg.Host, "/", ""))
	var dial *net.OpError
	require.ErrorAs(t, err, &dial)
	assert.Equal(t, "dial", dial.Op, "which tells that nothing was sent")
}

func TestTransport_sends_nothing_over_a_connection_that_was_closed(t *testing.T) {
	gone := make(chan struct{})
	over := scripted(t, func(n int, conn net.Conn, reader *bufio.Reader) {
		if hear(t, reader) {
			fmt.Fprint(conn, ok)
		}
		if n == 0 {
			conn.Close()
			close(gone)
		}
	})
	got, _ := ask(t, over, http.MethodGet, "/", "")
	assert.Equal(t, "ok", got)
	<-gone
	got, _ = ask(t, over, http.MethodPost, "/", "once")
	assert.Equal(t, "ok", got)
}

func TestTransport_sends_twice_only_what_may_be(t *testing.T) {
	for method, want := range map[string]string{http.MethodGet: "ok", http.MethodPost: ""} {
		asked := make(chan string, 9)
		over := scripted(t, func(n int, conn net.Conn, reader *bufio.Reader) {
			for i := 0; hear(t, reader); i++ {
				asked <- fmt.Sprint(n, i)
				if n == 0 && i == 1 {
					return // it closes instead of answering
				}
				fmt.Fprint(conn, ok)
			}
		})
		ask(t, over, http.MethodGet, "/", "")
		body := map[string]string{http.MethodPost: "once"}[method]
		res, err := over.RoundTrip(request(t, method, over.cfg.Host, "/", body))
		assert.Equal(t, "0 0", <-asked)
		assert.Equal(t, "0 1", <-asked)
		if want == "" {
			assert.Equal(t, io.ErrUnexpectedEOF, err, "it may have crashed: nothing else is known")
			assert.Empty(t, asked)
			continue
		}
		require.NoError(t, err)
		read, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, want, string(read))
		assert.Equal(t, "1 0", <-asked)
		over.CloseIdleConnections()
	}
}

func TestTransport_sends_nothing_twice_whose_own_body_failed(t *testing.T) {
	broke := errors.New("the client left")
	over, opened := served(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for body, want := range map[io.Reader]string{
		io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broke)): broke.Error(),
		strings.NewReader("x"):   "http: ContentLength=2 with Body length 1",
		strings.NewReader("xxx"): "http: ContentLength=2 with Body length 3",
	} {
		ask(t, over, http.MethodGet, "/", "")
		before := opened.Load()
		r := request(t, http.MethodPut, over.cfg.Host, "/", "")
		r.Header.Set("Idempotency-Key", "1")
		r.ContentLength, r.Body = 2, io.NopCloser(body)
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("ok")), nil }
		_, err := over.RoundTrip(r)
		require.EqualError(t, err, want)
		if want == broke.Error() {
			assert.Same(t, broke, err, "those who asked know their own errors")
		}
		assert.Equal(t, before, opened.Load())
		assert.Empty(t, over.idle.lines)
	}
}

func TestTransport_takes_nothing_for_an_answer_that_came_with_the_one_before(t *testing.T) {
	over := unasked(t, func(conn net.Conn) { fmt.Fprint(conn, ok+no) })
	ask(t, over, http.MethodGet, "/", "")
	assert.Empty(t, over.idle.lines)
	got, _ := ask(t, over, http.MethodGet, "/", "")
	assert.Equal(t, "ok", got)
}

func TestTransport_takes_nothing_for_an_answer_that_came_while_nobody_asked(t *testing.T) {
	answered := make(chan struct{})
	over := unasked(t, func(conn net.Conn) {
		fmt.Fprint(conn, ok)
		<-answered
		fmt.Fprint(conn, no)
	})
	ask(t, over, http.MethodGet, "/", "")
	close(answered)
	require.Len(t, over.idle.lines, 1)
	came := func() bool { return !isQuiet(over.idle.lines[0].raw) }
	require.Eventually(t, came, patience, time.Millisecond)
	got, _ := ask(t, over, http.MethodGet, "/", "")
	assert.Equal(t, "ok", got)
}

// no is an answer to nothing.
var no = strings.Replace(ok, "ok", "no", 1)

// unasked is a server that says more than it is asked for on its first
// connection, which it leaves open.
func unasked(t *testing.T, say func(net.Conn)) *Transport {
	t.Helper()
	return scripted(t, func(n int, conn net.Conn, reader *bufio.Reader) {
		switch {
		case !hear(t, reader):
		case n > 0:
			fmt.Fprint(conn, ok)
		default:
			say(conn)
			hear(t, reader) // until the other end closes
		}
	})
}
