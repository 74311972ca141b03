package runnerclient

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/hashicorp/yamux"
)

// HeaderListen says where a service listens for a client: host:port, as the
// engine's containers reach it.
const HeaderListen = "X-Dr-Listen"

// Inbound accepts the connections that containers of the service's engine make to
// it, without a port on this machine. It ends with Close, or with the service.
type Inbound struct {
	*yamux.Session
	// Host and Port are what the containers connect to.
	Host string
	Port uint16
}

// Listen has the service listen where its engine's containers reach it, on that
// port or, for 0, on a free one. A port that is taken is a refusal with status 409.
func (c *Client) Listen(ctx context.Context, port uint16) (*Inbound, error) {
	conn, header, err := c.dial(ctx, "/v1/listen", url.Values{"port": {strconv.Itoa(int(port))}})
	if err != nil {
		return nil, err
	}
	in := new(Inbound)
	host, text, err := net.SplitHostPort(header.Get(HeaderListen))
	n, wrong := strconv.ParseUint(text, 10, 16)
	if err != nil || wrong != nil {
		_ = conn.Close()
		return nil, &RequestError{Code: CodeUnexpected, Message: fmt.Sprintf("it listens at %q", header.Get(HeaderListen))}
	}
	in.Host, in.Port = host, uint16(n)
	in.Session, err = yamux.Server(conn, Sessions())
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("beginning to listen: %w", err)
	}
	return in, nil
}

// Addr is where the containers connect to.
func (in *Inbound) Addr() net.Addr {
	if ip, err := netip.ParseAddr(in.Host); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, in.Port))
	}
	return in.Session.Addr()
}

// Sessions is how the two ends of a Listen share one connection: it is given up
// when the other end is silent for half a minute.
func Sessions() *yamux.Config {
	config := yamux.DefaultConfig()
	config.LogOutput = io.Discard // what ends a session ends Accept, too
	return config
}

// Interface guards
var _ net.Listener = (*Inbound)(nil)
