package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDocker_50_rebuild_swaps_under_load_fail_no_request(t *testing.T) {
	p := newComposeProject(t, "")
	app := upstreamStream(t)
	s := p.up("--app", app)
	awaitBuild(t, s, "first")
	appStream, err := http.Get(s.url + "/app-events")
	require.NoError(t, err)
	defer appStream.Body.Close()
	appCut := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, appStream.Body); appCut <- err }()

	l := &load{t: t, url: s.url + "/runner/x", stop: make(chan struct{})}
	for i := range 6 {
		l.workers.Go(func() { l.run(i) })
	}
	l.workers.Go(func() { l.stream(s.url + "/runner/sse") })
	l.workers.Go(func() { l.sockets(s.url + "/runner/ws") })
	const swaps = 50
	for i := range swaps {
		p.build("build" + strconv.Itoa(i))
		require.NoError(t, restart(t, s, true), "%s", s.output)
	}
	close(l.stop)
	l.workers.Wait()
	t.Logf("%d requests, %d builds seen over %d swaps", l.served.Load(), l.seen(), swaps)
	assert.Greater(t, l.seen(), swaps/2, "traffic went to the generations in turn")
	assert.Equal(t, int64(swaps+1), l.highest.Load(), "the last generation answered")
	select {
	case err := <-appCut:
		t.Errorf("the stream of the app was cut: %v", err)
	default:
	}
	_, err = s.interrupt(t)
	assert.NoError(t, err)
	assert.Empty(t, p.containers())
}

// load sends GETs and POSTs and checks every byte of the answers.
type load struct {
	t       *testing.T
	url     string
	stop    chan struct{}
	workers sync.WaitGroup
	served  atomic.Int64
	highest atomic.Int64
	builds  sync.Map
}

func (l *load) run(seed int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := seed; ; n++ {
		select {
		case <-l.stop:
			return
		default:
		}
		body := bytes.Repeat([]byte{byte(n)}, []int{0, 10, 1 << 18}[n%3])
		req, err := http.NewRequest([]string{"GET", "POST", "POST"}[n%3], l.url, io.NopCloser(bytes.NewReader(body)))
		if !assert.NoError(l.t, err) {
			return
		}
		req.ContentLength = int64(len(body))
		if len(body) == 0 {
			req.Body = nil
		}
		if !l.one(client, req, sha256.Sum256(body)) {
			return
		}
	}
}

func (l *load) one(client *http.Client, req *http.Request, sum [32]byte) bool {
	res, err := client.Do(req)
	if !assert.NoError(l.t, err) {
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	build, got, _ := strings.Cut(string(text), " ")
	generation, convErr := strconv.ParseInt(res.Header.Get("X-Runner-Generation"), 10, 64)
	l.builds.Store(build, true)
	l.served.Add(1)
	l.highest.Store(max(l.highest.Load(), generation))
	return assert.NoError(l.t, err) && assert.Equal(l.t, 200, res.StatusCode, "%s", text) &&
		assert.Equal(l.t, fmt.Sprintf("%x", sum), got) && assert.NoError(l.t, convErr, "every answer names its generation")
}

// stream opens event streams one after the other: they end with their
// generation, and the next one opens at once.
func (l *load) stream(url string) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		res, err := http.Get(url)
		if !assert.NoError(l.t, err) || !assert.Equal(l.t, 200, res.StatusCode) {
			return
		}
		ended := make(chan struct{})
		go func() { _, _ = io.Copy(io.Discard, res.Body); close(ended) }()
		select {
		case <-ended:
		case <-l.stop:
		}
		res.Body.Close()
		<-ended
	}
}

// sockets holds a WebSocket open and talks over it; one that ends with its
// generation is opened again at once.
func (l *load) sockets(url string) {
	for {
		conn, _, err := websocket.Dial(l.t.Context(), url, nil)
		if !assert.NoError(l.t, err) {
			return
		}
		for n := 0; err == nil; n++ {
			select {
			case <-l.stop:
				conn.CloseNow()
				return
			default:
			}
			text := strconv.Itoa(n)
			if err = conn.Write(l.t.Context(), websocket.MessageText, []byte(text)); err != nil {
				break
			}
			var got []byte
			if _, got, err = conn.Read(l.t.Context()); err == nil {
				assert.Equal(l.t, text, string(got))
			}
		}
		conn.CloseNow()
	}
}

func (l *load) seen() (n int) {
	l.builds.Range(func(any, any) bool { n++; return true })
	return n
}
