// conformance_client_test.go contains the cases of the contract that take a client
// and a way between it, the service and the engine that is not as it should be.

package dockerrunner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

// way is a connection through which a test looks, and with which it meddles.
type way struct {
	listener net.Listener
	running  sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
}

// newWay leads from a port, or a unix socket, to another; carry is run for each
// connection.
func newWay(t *testing.T, network, at, toNetwork, to string, carry func(near, far net.Conn)) string {
	t.Helper()
	listener, err := net.Listen(network, at)
	require.NoError(t, err)
	w := &way{listener: listener}
	w.running.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial(toNetwork, to)
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, near, far)
			w.mu.Unlock()
			w.running.Go(func() {
				defer near.Close()
				defer far.Close()
				carry(near, far)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		w.mu.Lock()
		for _, conn := range w.open {
			conn.Close()
		}
		w.mu.Unlock()
		w.running.Wait()
	})
	return listener.Addr().String()
}

// both copies both ways, far to near as it is told.
func both(near, far net.Conn, back func(to io.Writer, from io.Reader)) {
	var ways sync.WaitGroup
	ways.Go(func() {
		_, _ = io.Copy(far, near)
		_ = far.(interface{ CloseWrite() error }).CloseWrite()
	})
	ways.Go(func() {
		back(near, far)
		near.Close()
	})
	ways.Wait()
}

// chopped is the engine behind a proxy that sends each byte of an answer as a chunk
// of its own, so that no event and no rune arrives in one piece. The last event of
// a container loses the end of its line, and with it the connection.
func chopped(t *testing.T, socket string, cut *atomic.Int32) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "engine" },
		Transport: transport, ErrorLog: log.New(io.Discard, "", 0),
		ModifyResponse: func(r *http.Response) error {
			r.Body = &byteByByte{ReadCloser: r.Body, cut: cut}
			return nil
		},
		FlushInterval: -1,
	}
	server := httptest.NewUnstartedServer(proxy)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	at := strings.TrimSuffix(socket, "s") + "bytes"
	listener, err := net.Listen("unix", at)
	require.NoError(t, err)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return at
}

// byteByByte is a body that is read, and so flushed, one byte at a time.
type byteByByte struct {
	io.ReadCloser
	line []byte
	cut  *atomic.Int32
}

func (b *byteByByte) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), 1)])
	if n == 0 {
		return n, err
	}
	if p[0] == '\n' && bytes.Contains(b.line, []byte(`"Action":"destroy"`)) {
		b.cut.Add(1)
		return 0, io.ErrUnexpectedEOF
	}
	if b.line = append(b.line, p[0]); p[0] == '\n' {
		b.line = b.line[:0]
	}
	return n, err
}

func TestDockerRunner_10_events_that_arrive_byte_by_byte_come_once_in_order_and_to_the_last(t *testing.T) {
	l := newLine(t)
	label := unique()
	const runes = "é€😀"
	var cut atomic.Int32
	socket := chopped(t, l.socket, &cut)
	direct := newRig(t)
	r := newRig(t, func(s *dockerrunner.Settings) { s.Environ = []string{"DOCKER_HOST=unix://" + socket} })
	since := time.Now()
	var actions []string
	var once sync.Once
	query := runnerclient.EventQuery{Since: float64(since.Unix()), Filters: map[string][]string{"label": {label}, "type": {"container"}}}
	id := direct.start(func(o *runnerclient.StartOptions) { o.Labels = map[string]string{label: runes} })
	err := r.client.Events(r.ctx, query, func(text json.RawMessage) error {
		var event struct {
			Action string
			Actor  struct{ Attributes map[string]string }
		}
		require.NoError(t, json.Unmarshal(text, &event))
		assert.Equal(t, runes, event.Actor.Attributes[label])
		actions = append(actions, event.Action)
		if event.Action == "start" {
			once.Do(func() { require.NoError(t, direct.engine.ContainerKill(r.ctx, id, "KILL")) })
		}
		return nil
	})
	var ended *runnerclient.RequestError
	require.ErrorAs(t, err, &ended)
	assert.Equal(t, runnerclient.CodeStream, ended.Code)
	assert.Equal(t, []string{"create", "start", "kill", "die", "destroy"}, actions)
	assert.EqualValues(t, 1, cut.Load(), "the last one came without the end of its line")
}

func TestDockerRunner_13_a_command_outlasts_the_client_s_own_timeout_when_it_may(t *testing.T) {
	r := newRig(t)
	id := r.start()
	hasty, err := runnerclient.New(runnerclient.Options{BaseURL: r.server.URL, Secret: secret, Timeout: 500 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(hasty.Close)
	got, err := hasty.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "sleep 1; echo done", Timeout: 20 * time.Second})
	require.NoError(t, err)
	assert.Equal(t, "done\n", got.Stdout)
	_, err = hasty.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "sleep 1000"})
	var late *runnerclient.RequestError
	require.ErrorAs(t, err, &late)
	assert.Equal(t, runnerclient.CodeRequestTimeout, late.Code)
}

// attempts are the nonces of the requests that went through a way, in order.
type attempts struct {
	mu     sync.Mutex
	nonces []string
}

// cutFirst notes each request, and cuts the first ones off before their answer.
func (a *attempts) cutFirst(n int) func(near, far net.Conn) {
	return func(near, far net.Conn) {
		var head bytes.Buffer
		buffer := make([]byte, 4096)
		for !bytes.Contains(head.Bytes(), []byte("\r\n\r\n")) {
			got, err := near.Read(buffer)
			if err != nil {
				return
			}
			head.Write(buffer[:got])
		}
		a.mu.Lock()
		a.nonces = append(a.nonces, nonceOf(head.String()))
		cut := len(a.nonces) <= n
		a.mu.Unlock()
		if cut {
			_ = near.(*net.TCPConn).SetLinger(0)
			return
		}
		if _, err := far.Write(head.Bytes()); err == nil {
			both(near, far, func(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) })
		}
	}
}

// seen are the nonces so far.
func (a *attempts) seen() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.nonces)
}

func nonceOf(head string) string {
	for line := range strings.Lines(head) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "x-dr-nonce") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestDockerRunner_14_a_connection_that_is_cut_costs_a_nonce_and_of_a_command_the_one_attempt(t *testing.T) {
	r := newRig(t)
	id := r.start()
	service := r.server.Listener.Addr().String()
	ensured := new(attempts)
	through := newClient(t, "http://"+newWay(t, "tcp", "127.0.0.1:0", "tcp", service, ensured.cutFirst(1)))
	require.NoError(t, through.EnsureImage(r.ctx, shellImage(t, r.engine), ""))
	nonces := ensured.seen()
	require.Len(t, nonces, 2)
	assert.NotEmpty(t, nonces[0])
	assert.NotEqual(t, nonces[0], nonces[1])

	executed := new(attempts)
	through = newClient(t, "http://"+newWay(t, "tcp", "127.0.0.1:0", "tcp", service, executed.cutFirst(1)))
	_, err := through.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "true"})
	var failed *runnerclient.RequestError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, runnerclient.CodeConnectionReset, failed.Code)
	assert.Len(t, executed.seen(), 1)
}

func TestDockerRunner_15_a_stream_for_another_secret_is_an_error_and_none_that_is_empty(t *testing.T) {
	r := newRig(t)
	id := r.start()
	stranger, err := runnerclient.New(runnerclient.Options{BaseURL: r.server.URL, Secret: "another"})
	require.NoError(t, err)
	t.Cleanup(stranger.Close)
	for name, ask := range map[string]func() error{
		"logs": func() error {
			return stranger.Logs(r.ctx, id, runnerclient.LogQuery{}, func([]byte) error { return errors.New("a chunk came") })
		},
		"events": func() error {
			return stranger.Events(r.ctx, runnerclient.EventQuery{}, func(json.RawMessage) error { return errors.New("an event came") })
		},
		"interactive": func() error {
			_, err := stranger.Interactive(r.ctx, id, runnerclient.InteractiveSpec{Shell: "true"})
			return err
		},
		"engine":    func() error { _, err := stranger.DialEngine(r.ctx); return err },
		"container": func() error { _, err := stranger.DialContainer(r.ctx, id, 80); return err },
		"listen":    func() error { _, err := stranger.Listen(r.ctx, 0); return err },
	} {
		var refused *runnerclient.RequestError
		require.ErrorAs(t, ask(), &refused, name)
		assert.Equal(t, http.StatusUnauthorized, refused.Status, name)
		assert.Equal(t, "invalid_signature", refused.Code, name)
		assert.False(t, refused.Retryable, name)
	}
}
