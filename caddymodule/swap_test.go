package caddymodule

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// swapRunner answers with its name and the body's hash, streams events, and
// echoes over a WebSocket.
func swapRunner(t *testing.T, name string) *httptest.Server {
	t.Helper()
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/sse":
			w.Header().Set("Content-Type", "text/event-stream")
			for i := 0; r.Context().Err() == nil; i++ {
				fmt.Fprintf(w, "data: %s %d\n\n", name, i)
				w.(http.Flusher).Flush()
				select {
				case <-time.After(20 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		case "/ws":
			echo(w, r, name)
		default:
			sum := sha256.New()
			io.Copy(sum, r.Body)
			fmt.Fprintf(w, "%s %x", name, sum.Sum(nil))
		}
	})
}

func echo(w http.ResponseWriter, r *http.Request, name string) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, data, err := conn.Read(r.Context())
		if err != nil || conn.Write(r.Context(), kind, append([]byte(name+" "), data...)) != nil {
			return
		}
	}
}

const swapSite = "runner {\nexpose /*\n}"

func swapServer(t *testing.T, a, b string) *caddyServer {
	t.Helper()
	return serve(t, lines("backend a "+a, "backend b "+b, "default a"), swapSite)
}

func TestSwap_under_load_fails_no_request_and_cuts_no_stream(t *testing.T) {
	s := swapServer(t, swapRunner(t, "a").URL, swapRunner(t, "b").URL)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var streams sync.WaitGroup
	for range 5 {
		streams.Go(func() { followEvents(t, ctx, s.url+"/runner/sse") })
		streams.Go(func() { followSocket(t, ctx, s.url+"/runner/ws") })
	}
	var load sync.WaitGroup
	var served [2]atomic.Int64
	stop := make(chan struct{})
	for i := range 8 {
		load.Go(func() { requests(t, s.url+"/runner/x", i, stop, &served) })
	}
	e := live.Load()
	for i := range 100 {
		require.NoError(t, e.Select([]string{"b", "a"}[i%2]))
		time.Sleep(5 * time.Millisecond) // the pace of the swaps, not a wait for anything
	}
	close(stop)
	load.Wait()
	cancel()
	streams.Wait()
	assert.NotZero(t, served[0].Load(), "a served")
	assert.NotZero(t, served[1].Load(), "b served")
}

// requests sends GETs and POSTs of several sizes until stop, and checks every
// byte of what comes back.
func requests(t *testing.T, url string, seed int, stop <-chan struct{}, served *[2]atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := seed; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		body := bytes.Repeat([]byte{byte(n)}, []int{0, 10, 1 << 20}[n%3])
		method := []string{"GET", "POST", "POST"}[n%3]
		// a body without GetBody: nothing is replayed for us
		req, err := http.NewRequest(method, url, io.NopCloser(bytes.NewReader(body)))
		if !assert.NoError(t, err) {
			return
		}
		if method == "GET" {
			req.Body = nil
		}
		req.ContentLength = int64(len(body))
		res, err := client.Do(req)
		if !assert.NoError(t, err) {
			return
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		name, sum, _ := strings.Cut(string(text), " ")
		if !assert.NoError(t, err) || !assert.Equal(t, 200, res.StatusCode, "%s", text) || !assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256(body)), sum) {
			return
		}
		served[strings.Index("ab", name)].Add(1)
	}
}

// followEvents reads until ctx ends; the stream must stay on its backend.
func followEvents(t *testing.T, ctx context.Context, url string) {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if !assert.NoError(t, err) {
		return
	}
	res, err := http.DefaultClient.Do(req)
	if !assert.NoError(t, err) {
		return
	}
	defer res.Body.Close()
	read, first := make([]byte, 256), ""
	for {
		n, err := res.Body.Read(read)
		if err != nil {
			assert.Error(t, ctx.Err(), "the event stream was cut: %v", err)
			return
		}
		name := strings.Fields(strings.TrimPrefix(string(read[:n]), "data: "))[0]
		if first == "" {
			first = name
		}
		assert.Equal(t, first, name, "the stream moved")
	}
}

func followSocket(t *testing.T, ctx context.Context, url string) {
	conn, _, err := websocket.Dial(ctx, url, nil)
	if !assert.NoError(t, err) {
		return
	}
	defer conn.CloseNow()
	first := ""
	for n := 0; ; n++ {
		if conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, "%d", n)) != nil {
			assert.Error(t, ctx.Err(), "the WebSocket was cut")
			return
		}
		_, data, err := conn.Read(ctx)
		if err != nil {
			assert.Error(t, ctx.Err(), "the WebSocket was cut: %v", err)
			return
		}
		if first == "" {
			first = string(data[0])
		}
		assert.Equal(t, fmt.Sprintf("%s %d", first, n), string(data))
	}
}

func TestSwap_away_from_a_dead_backend_loses_no_request_that_was_not_sent(t *testing.T) {
	s := swapServer(t, refusing(t), swapRunner(t, "b").URL)
	answers := make(chan answer, 8)
	for i := range 8 {
		go func() {
			body := strings.Repeat("x", i*1000)
			req := s.request("POST", "/runner/x", io.NopCloser(strings.NewReader(body)))
			req.ContentLength = int64(len(body))
			answers <- s.do(req)
		}()
	}
	e := live.Load()
	require.Eventually(t, func() bool { return e.Selector().Current().InFlight() > 0 }, waitLong, time.Millisecond)
	require.NoError(t, e.Select("b"))
	for range 8 {
		a := <-answers
		assert.Equal(t, 200, a.status, a.body)
		assert.True(t, strings.HasPrefix(a.body, "b "), a.body)
	}
}

func TestSwap_drains_what_runs_on_the_old_backend(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "from the old one")
	})
	s := swapServer(t, slow.URL, swapRunner(t, "b").URL)
	e := live.Load()
	old := e.Selector().Current()
	answered := make(chan answer, 1)
	go func() { answered <- s.get("/runner/x") }()
	<-entered
	require.NoError(t, e.Select("b"))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, e.Selector().Drain(ctx, old, 0), "1 requests still run on a")
	close(release)
	assert.NoError(t, e.Selector().Drain(t.Context(), old, 0))
	assert.Equal(t, "from the old one", (<-answered).body)
}

func TestSwap_counts_a_request_whose_client_left(t *testing.T) {
	s := swapServer(t, swapRunner(t, "a").URL, swapRunner(t, "b").URL)
	old := live.Load().Selector().Current()
	ctx, cancel := context.WithCancel(t.Context())
	res, err := http.DefaultClient.Do(s.request("GET", "/runner/sse", nil).WithContext(ctx))
	require.NoError(t, err)
	assert.EqualValues(t, 1, old.InFlight())
	cancel()
	res.Body.Close()
	assert.Eventually(t, func() bool { return old.InFlight() == 0 }, waitLong, time.Millisecond)
}
