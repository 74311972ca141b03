// line.go contains a connection: one request after the other, each with its answer.

package wire

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync/atomic"
	"syscall"
	"time"
)

// What a connection has to read and write with.
const (
	readSize  = 32 << 10 // an asset of usual size is read, and so written, at once
	writeSize = 4 << 10
	maxHeader = 1 << 20
)

var errLongHeader = fmt.Errorf("the answer's header is longer than %d bytes", maxHeader)

// line is a connection. It belongs to one request at a time, and between them
// to the idle ones.
type line struct {
	transport *Transport
	conn      net.Conn
	raw       syscall.RawConn // nil where there is none
	reader    *bufio.Reader
	writer    *bufio.Writer
	room      int64 // what may still be read
	used      bool  // it was idle before
	heard     bool  // something of this answer came
	deaf      bool  // the server takes no more
	unfit     bool  // the request itself could not be read to its end
	age       int
	since     time.Time // when it was last used; idle.mu guards it
}

func newLine(conn net.Conn, t *Transport, age int) *line {
	l := &line{transport: t, conn: conn, age: age}
	if system, ok := conn.(syscall.Conn); ok {
		l.raw, _ = system.SyscallConn() // without it, it is not looked at
	}
	l.reader, l.writer = bufio.NewReaderSize(l, readSize), bufio.NewWriterSize(l, writeSize)
	return l
}

// Read reads from the connection, no more than there is room for.
func (l *line) Read(p []byte) (int, error) {
	if l.room <= 0 {
		return 0, errLongHeader
	}
	n, err := l.conn.Read(p[:min(int64(len(p)), l.room)])
	l.room -= int64(n)
	l.heard = l.heard || n > 0
	return n, err
}

// Write writes to the connection, and notes when that fails.
func (l *line) Write(p []byte) (int, error) {
	n, err := l.conn.Write(p)
	l.deaf = l.deaf || err != nil
	return n, err
}

// exchange sends req and reads the answer's header. When it returns an error
// the connection is closed, and again says that the server may have given it up
// before: nothing came since it was last used, which may be a crash as well.
func (l *line) exchange(req *http.Request) (res *http.Response, again bool, err error) {
	leave := context.AfterFunc(req.Context(), func() { l.conn.Close() })
	res, err = l.ask(req)
	if err != nil {
		left := !leave()
		l.conn.Close()
		if left {
			return nil, false, context.Cause(req.Context())
		}
		return nil, l.used && !l.heard && !l.unfit && !isTimeout(err), err
	}
	reusable := !res.Close && res.StatusCode != http.StatusSwitchingProtocols
	b := &body{ReadCloser: res.Body, ctx: req.Context(), leave: leave, reusable: reusable}
	b.line.Store(l)
	if res.Body == http.NoBody {
		b.end(true)
		return res, false, nil
	}
	res.Body = b
	return res, false, nil
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (l *line) ask(req *http.Request) (*http.Response, error) {
	l.heard, l.unfit, l.room = false, false, maxHeader
	unsent := l.send(req)
	if unsent != nil && (!l.deaf || !hasBody(req)) {
		return nil, unsent
	}
	if wait := l.transport.cfg.HeaderTimeout; wait > 0 {
		if err := l.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return nil, err
		}
		defer l.conn.SetReadDeadline(time.Time{}) //nolint:errcheck // it fails for a connection that is closed
	}
	res, err := l.answer(req)
	l.room = math.MaxInt64
	if unsent == nil {
		return res, err
	}
	return early(res, err, unsent)
}

// early is what a server answered, or err, that did not want the rest of a request.
func early(res *http.Response, err, unsent error) (*http.Response, error) {
	switch {
	case err == nil:
		res.Close = true
		return res, nil
	case isTimeout(err):
		return nil, err
	}
	return nil, unsent
}

// send writes all of req. What the body says when it breaks off is given as it
// is: net/http has it in a type of its own, which hides it.
func (l *line) send(req *http.Request) error {
	if !hasBody(req) {
		return l.write(req)
	}
	own := &sent{ReadCloser: req.Body}
	out := new(*req)
	out.Body = own
	err := l.write(out)
	return cmp.Or(own.err, err)
}

func (l *line) write(req *http.Request) error {
	if err := req.Write(l.writer); err != nil {
		l.unfit = !l.deaf
		return err
	}
	return l.writer.Flush()
}

// sent is a request's body, and how it broke off.
type sent struct {
	io.ReadCloser
	err error
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// answer reads a header, and tells req's trace of those before it.
func (l *line) answer(req *http.Request) (*http.Response, error) {
	for {
		res, err := http.ReadResponse(l.reader, req)
		if err != nil || res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols {
			return res, err
		}
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
			l.room = maxHeader
		}
	}
}

// quiet says whether nothing came on an idle connection, not even its end.
func (l *line) quiet() bool { return l.raw != nil && isQuiet(l.raw) }

// body is an answer's. Its end gives the connection back. Close may be called
// beside Read.
type body struct {
	io.ReadCloser
	line     atomic.Pointer[line] // nil once it has ended
	ctx      context.Context
	leave    func() bool
	reusable bool // as the header has it
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil {
		return n, nil
	}
	whole := err == io.EOF //nolint:errorlint // readers give io.EOF itself
	if left := b.end(whole); left && !whole {
		err = context.Cause(b.ctx)
	}
	return n, err
}

// Close ends the connection when there is more to read: nobody knows how much.
func (b *body) Close() error {
	b.end(false)
	return nil
}

// end lets the connection go, once, and says whether whoever asked has left.
func (b *body) end(whole bool) (left bool) {
	l := b.line.Swap(nil)
	if l == nil {
		return false
	}
	left = !b.leave()
	if left || !whole || !b.reusable || l.reader.Buffered() > 0 || !l.transport.idle.keep(l) {
		l.conn.Close()
	}
	return left
}
