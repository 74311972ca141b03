package runnerclient

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"

	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

// DialEngine opens a connection to the engine itself, as to its socket.
func (c *Client) DialEngine(ctx context.Context) (net.Conn, error) {
	conn, _, err := c.dial(ctx, "/v1/engine", nil)
	return conn, err
}

// DialContainer opens a connection to a TCP port of a container that runs, whether
// it is published or not.
func (c *Client) DialContainer(ctx context.Context, id string, port uint16) (net.Conn, error) {
	conn, _, err := c.dial(ctx, "/v1/containers/dial", url.Values{
		"containerId": {id}, "port": {strconv.Itoa(int(port))},
	})
	return conn, err
}

// dial has the service pass on bytes. Like any request it is tried three times,
// each with a signature of its own; the context and the client's timeout bound the
// way there, not the connection.
func (c *Client) dial(ctx context.Context, path string, query url.Values) (conn *tunnel, header http.Header, err error) {
	err = retry(ctx, func() error {
		conn, header, err = c.upgrade(ctx, path, query)
		return err
	})
	return conn, header, err
}

func (c *Client) upgrade(ctx context.Context, path string, query url.Values) (*tunnel, http.Header, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	t := new(tunnel)
	traced := httptrace.WithClientTrace(limited, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { t.Conn = got.Conn }})
	request, err := http.NewRequestWithContext(traced, http.MethodGet, c.address(path, query), http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "tcp")
	signature.Sign(request.Header, c.secret, request.Method, request.URL.RequestURI(), nil)
	response, err := c.tunnels.Do(request)
	if err != nil {
		return nil, nil, unreached(ctx, err)
	}
	stream, ok := response.Body.(io.ReadWriteCloser)
	if response.StatusCode != http.StatusSwitchingProtocols || !ok {
		defer response.Body.Close()
		return nil, nil, refused(response, CodeUnexpected)
	}
	t.stream = stream
	return t, response.Header, nil
}

// tunnel is a connection that was an HTTP one: what came after the answer's header
// may have been read already, which only the stream knows.
type tunnel struct {
	net.Conn
	stream io.ReadWriteCloser
}

func (t *tunnel) Read(p []byte) (int, error)  { return t.stream.Read(p) }
func (t *tunnel) Write(p []byte) (int, error) { return t.stream.Write(p) }
func (t *tunnel) Close() error                { return t.stream.Close() }

// CloseWrite says that nothing more will be sent.
func (t *tunnel) CloseWrite() error {
	if half, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Interface guards
var _ net.Conn = (*tunnel)(nil)
