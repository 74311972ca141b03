package dockerrunner

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"syscall"

	"github.com/hashicorp/yamux"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

// listen accepts connections of the engine's containers for as long as the client
// stays, and hands each on to it over the one connection that it made.
func (s *Service) listen(c *call) error {
	port, err := c.port(0)
	if err != nil {
		return err
	}
	ctx, cancel := s.context(c)
	defer cancel()
	gateway, err := s.engine.gateway(ctx)
	if err != nil {
		return err
	}
	listener, host, err := listenFor(ctx, gateway, port)
	if errors.Is(err, syscall.EADDRINUSE) {
		return &failure{Status: http.StatusConflict, Code: codeAddressInUse, Message: err.Error()}
	}
	if err != nil {
		return err
	}
	defer listener.Close()
	at := net.JoinHostPort(host, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	near, err := c.takeOver(http.Header{runnerclient.HeaderListen: {at}})
	if err != nil {
		return ignoreLeft(err)
	}
	defer near.Close()
	session, err := yamux.Client(near, runnerclient.Sessions())
	if err != nil {
		return nil // the client has its answer already, and sees the end
	}
	s.accept(listener, session)
	return nil
}

// listenFor listens where containers reach this machine, and says by which name:
// the bridge's address, or, where that belongs to a virtual machine, the one that
// leads from there to our loopback.
func listenFor(ctx context.Context, gateway netip.Addr, port uint16) (net.Listener, string, error) {
	at, host := gateway, gateway.String()
	if !docker.IsLocal(gateway) {
		at, host = netip.AddrFrom4([4]byte{127, 0, 0, 1}), "host.docker.internal"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", netip.AddrPortFrom(at, port).String())
	return listener, host, err
}

// accept passes connections on until the client or the service ends.
func (s *Service) accept(listener net.Listener, session *yamux.Session) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	defer session.Close()
	running.Go(func() {
		select {
		case <-ctx.Done():
		case <-session.CloseChan():
		}
		listener.Close()
		session.Close()
	})
	defer cancel()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		stream, err := session.Open()
		if err != nil {
			conn.Close()
			return
		}
		running.Go(func() { s.join(ctx, stream, conn) })
	}
}
