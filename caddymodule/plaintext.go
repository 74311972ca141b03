package caddymodule

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func init() { caddy.RegisterModule(Plaintext{}) }

// Plaintext sends whoever speaks http to an https port to the https address of
// the same page. It goes before `tls` among a server's listener wrappers.
//
// Caddy's `http_redirect` does that with a permanent redirect, which browsers
// remember: later, the same port without https could not be opened any more.
type Plaintext struct{}

// CaddyModule returns the Caddy module information.
func (Plaintext) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.listeners.runner_plaintext", New: func() caddy.Module { return new(Plaintext) }}
}

// WrapListener implements caddy.ListenerWrapper.
func (Plaintext) WrapListener(l net.Listener) net.Listener { return plaintextListener{l} }

// UnmarshalCaddyfile takes no arguments. Syntax:
//
//	runner_plaintext
func (*Plaintext) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the wrapper's name
	if d.NextArg() || d.NextBlock(0) {
		return d.ArgErr()
	}
	return nil
}

type plaintextListener struct{ net.Listener }

func (l plaintextListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plaintextConn{Conn: conn, reader: bufio.NewReader(conn)}, nil
}

// plaintextConn looks at the first byte when the server first reads, which is
// in the connection's own goroutine and under the server's deadline.
type plaintextConn struct {
	net.Conn
	reader *bufio.Reader
	seen   bool
}

// handshake begins every connection that speaks TLS.
const handshake = 0x16

var errPlaintext = errors.New("redirected an http request to https")

func (c *plaintextConn) Read(p []byte) (int, error) {
	if c.seen {
		return c.reader.Read(p)
	}
	c.seen = true
	first, err := c.reader.Peek(1)
	if err != nil {
		return 0, err
	}
	if first[0] == handshake {
		return c.reader.Read(p)
	}
	return 0, c.redirect()
}

func (c *plaintextConn) redirect() error {
	r, err := http.ReadRequest(c.reader)
	if err != nil {
		return fmt.Errorf("reading what is no TLS: %w", err)
	}
	target := "https://" + r.Host + r.URL.RequestURI()
	body := "This port speaks https: " + target + "\n"
	_, err = fmt.Fprintf(c.Conn, "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nCache-Control: no-store\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", target, len(body), body)
	return errors.Join(errPlaintext, err)
}

var (
	_ caddy.ListenerWrapper = (*Plaintext)(nil)
	_ caddyfile.Unmarshaler = (*Plaintext)(nil)
)
