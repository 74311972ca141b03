// tunnel.go contains what the byte streams have in common: who may have one, and
// how a connection of HTTP becomes one.

package dockerrunner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// stream is an endpoint whose connections carry bytes in place of HTTP.
func (s *Service) stream(serve func(*call) error) func(*call) error {
	return func(c *call) error {
		if s.noStreams.Load() {
			return &failure{Status: http.StatusForbidden, Code: codeStreamsDisabled, Message: "streams to engine and containers are switched off here (DOCKER_RUNNER_STREAMS)"}
		}
		if !asksFor(c.request.Header, "tcp") {
			c.writer.Header().Set("Connection", "Upgrade")
			c.writer.Header().Set("Upgrade", "tcp")
			return &failure{Status: http.StatusUpgradeRequired, Code: codeUpgradeRequired, Message: "this path carries bytes: send Connection: Upgrade and Upgrade: tcp"}
		}
		return serve(c)
	}
}

// asksFor says whether a request wants its connection to speak another protocol.
func asksFor(header http.Header, protocol string) bool {
	return strings.Contains(strings.ToLower(header.Get("Connection")), "upgrade") && strings.EqualFold(header.Get("Upgrade"), protocol)
}

// takeOver turns the call's connection into a stream of bytes.
func (c *call) takeOver(header http.Header) (net.Conn, error) {
	conn, buffered, err := http.NewResponseController(c.writer).Hijack()
	if err != nil {
		return nil, fmt.Errorf("taking the connection over: %w", err)
	}
	answer := "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nX-Request-Id: " + c.id + "\r\n"
	for name := range header {
		answer += name + ": " + header.Get(name) + "\r\n"
	}
	_ = conn.SetDeadline(time.Time{}) // those of the server are for a request
	if _, err := io.WriteString(conn, answer+"\r\n"); err != nil {
		_ = conn.Close()
		return nil, errLeft
	}
	return &upgraded{Conn: conn, reader: buffered.Reader}, nil
}

// upgraded is a connection of which the server may have read more than the request.
type upgraded struct {
	net.Conn
	reader *bufio.Reader
}

func (u *upgraded) Read(p []byte) (int, error) { return u.reader.Read(p) }

// CloseWrite says that nothing more will be sent.
func (u *upgraded) CloseWrite() error { return closeWrite(u.Conn) }

func closeWrite(conn io.Closer) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

// bridge connects the client to what it asked for, until both sides have said all,
// or the service ends.
func (s *Service) bridge(c *call, far net.Conn) error {
	defer far.Close()
	near, err := c.takeOver(nil)
	if err != nil {
		return ignoreLeft(err)
	}
	s.join(s.ctx, near, far)
	return nil
}

// join copies both ways until both have ended.
func (s *Service) join(ctx context.Context, one, other net.Conn) {
	closeBoth := func() { one.Close(); other.Close() }
	defer closeBoth()
	defer context.AfterFunc(ctx, closeBoth)()
	var ways sync.WaitGroup
	for _, way := range [][2]net.Conn{{one, other}, {other, one}} {
		ways.Go(func() {
			if _, err := io.Copy(way[0], way[1]); err != nil {
				closeBoth() // one that is broken hears nothing any more
				return
			}
			_ = closeWrite(way[0]) // it may have ended
		})
	}
	ways.Wait()
}

// ignoreLeft drops the error of a client that nobody can tell.
func ignoreLeft(err error) error {
	if errors.Is(err, errLeft) {
		return nil
	}
	return err
}
