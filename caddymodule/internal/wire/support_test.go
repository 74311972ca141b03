//go:build unix

package wire

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what comes in milliseconds, on a busy machine too.
const patience = 20 * time.Second

// refuses is what a Transport hands nothing to.
type refuses struct{}

var errOther = errors.New("not for this transport")

func (refuses) RoundTrip(*http.Request) (*http.Response, error) { return nil, errOther }

// served is a server of the standard library's, and a Transport to it.
func served(t *testing.T, handler http.HandlerFunc, change ...func(*Config)) (*Transport, *atomic.Int64) {
	t.Helper()
	opened := new(atomic.Int64)
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return to(t, strings.TrimPrefix(server.URL, "http://"), change...), opened
}

func to(t *testing.T, host string, change ...func(*Config)) *Transport {
	t.Helper()
	cfg := Config{Host: host, Dial: new(net.Dialer).DialContext, MaxIdle: 4, IdleTimeout: time.Minute, Other: refuses{}}
	for _, one := range change {
		one(&cfg)
	}
	transport := New(cfg)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// scripted is a server that does with its connections what script says; n
// counts them from 0.
func scripted(t *testing.T, script func(n int, conn net.Conn, reader *bufio.Reader)) *Transport {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			script(n, conn, bufio.NewReader(conn))
			conn.Close()
		}
	}()
	t.Cleanup(func() { ln.Close(); <-ended })
	return to(t, ln.Addr().String())
}

// hear reads one request.
func hear(t *testing.T, reader *bufio.Reader) bool {
	r, err := http.ReadRequest(reader)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return assert.NoError(t, err)
}

func request(t *testing.T, method, host, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+host+path, nil)
	require.NoError(t, err)
	if body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return r
}

// ask gives the answer's body, all of it.
func ask(t *testing.T, over *Transport, method, path, body string) (string, *http.Response) {
	t.Helper()
	res, err := over.RoundTrip(request(t, method, over.cfg.Host, path, body))
	require.NoError(t, err)
	read, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return string(read), res
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
