// abuse_support_test.go contains what the tests of abuse share: a client that
// sends what net/http would refuse to, and servers that keep what they saw.

package caddymodule

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// abuseLimit is far more than an answer takes, also on a busy machine.
const abuseLimit = 30 * time.Second

// dial opens a connection to write anything to.
func (s *caddyServer) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(s.t, err)
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(abuseLimit)))
	return conn
}

// raw sends the bytes as they are, and reads answers until the server closes
// the connection. A server that does neither within abuseLimit fails the test.
func (s *caddyServer) raw(wire string) []answer {
	s.t.Helper()
	conn := s.dial()
	defer conn.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, wire) // a server may refuse before it has all
	}()
	var answers []answer
	reader := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(reader, &http.Request{Method: methodOf(wire)})
		if err != nil {
			var timeout net.Error
			assert.False(s.t, asTimeout(err, &timeout), "no answer, and no end: %q", cutTo(wire, 200))
			break
		}
		body, _ := io.ReadAll(res.Body)
		answers = append(answers, answer{res.StatusCode, res.Header, string(body)})
		if res.Close {
			break
		}
	}
	conn.Close()
	<-sent
	return answers
}

func methodOf(wire string) string {
	method, _, _ := strings.Cut(wire, " ")
	return method
}

func cutTo(s string, most int) string { return s[:min(len(s), most)] }

func asTimeout(err error, timeout *net.Error) bool {
	found, ok := err.(net.Error)
	*timeout = found
	return ok && found.Timeout()
}

func statuses(answers []answer) []int {
	list := []int{}
	for _, a := range answers {
		list = append(list, a.status)
	}
	return list
}

// recorder is a server that answers with what it was asked, and keeps that and
// every byte that it was sent.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []string
	heads []http.Header
	bytes strings.Builder
}

func tap(t *testing.T) *recorder {
	t.Helper()
	rec := &recorder{}
	rec.Server = httptest.NewUnstartedServer(http.HandlerFunc(rec.serve))
	rec.Listener = tapped{rec.Listener, rec}
	rec.Start()
	t.Cleanup(rec.Close)
	return rec
}

func (rec *recorder) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.UserAgent() == "devproxy-probe" {
		return
	}
	line := r.Method + " " + r.RequestURI + " " + string(body)
	rec.mu.Lock()
	rec.seen, rec.heads = append(rec.seen, line), append(rec.heads, r.Header.Clone())
	rec.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/v1/execute") {
		fmt.Fprint(w, `{"status":200,"headers":{},"body_b64":"eA==","error":null}`)
		return
	}
	fmt.Fprint(w, line)
}

// take gives the requests since the last call.
func (rec *recorder) take() ([]string, []http.Header) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	seen, heads := rec.seen, rec.heads
	rec.seen, rec.heads = nil, nil
	return seen, heads
}

// requestHead is a request up to its empty line, as a lenient server finds it.
var requestHead = regexp.MustCompile(`(?m)^[A-Z]+ \S+ HTTP/1\.[01]\r?\n(?:[^\r\n]+\r?\n)*\r?\n`)

// assertUnambiguous holds that no request that the server was sent could be
// read in two ways.
func (rec *recorder) assertUnambiguous(t *testing.T) {
	t.Helper()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, head := range requestHead.FindAllString(rec.bytes.String(), -1) {
		lower := strings.ToLower(head)
		lengths, encodings := strings.Count(lower, "\ncontent-length:"), strings.Count(lower, "\ntransfer-encoding:")
		assert.LessOrEqual(t, lengths+encodings, 1, head)
		assert.NotRegexp(t, `\n[ \t]`, head, "a folded line")
		assert.NotRegexp(t, `\n[^:\r\n]*[ \t]:`, head, "a blank before a colon")
		assert.NotRegexp(t, `[^\r]\n`, head, "a line that ends without CR")
	}
	rec.bytes.Reset()
}

// tapped keeps what its connections read.
type tapped struct {
	net.Listener
	rec *recorder
}

func (l tapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tappedConn{conn, l.rec}, nil
}

type tappedConn struct {
	net.Conn
	rec *recorder
}

func (c tappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.rec.mu.Lock()
	c.rec.bytes.Write(p[:n])
	c.rec.mu.Unlock()
	return n, err
}
