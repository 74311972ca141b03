package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
)

// errClosed says that [Registry.Close] was called.
var errClosed = errors.New("listening: the registry is closed")

// listening is an open listener.
type listening struct {
	net.Listener
	wanted netip.AddrPort // as asked for; the port may be 0
	at     netip.AddrPort
}

// Listen serves on addresses until [Registry.Close]; ctx bounds only how long
// opening them may take. They are IP addresses with or without a port; those
// without share one, which is chosen once. A wildcard is refused. When one
// cannot be opened, none is. It is called once; SetAddresses changes them.
func (r *Registry) Listen(ctx context.Context, addresses []string) error {
	err := r.SetAddresses(ctx, addresses)
	if err != nil && !errors.Is(err, errClosed) {
		err = errors.Join(err, r.SetAddresses(ctx, nil))
	}
	return err
}

// SetAddresses changes where the registry listens. Addresses that stay are not
// touched, nor are requests that are under way. One that cannot be opened does
// not keep the others from it: the error names it, and the same call may be
// made again. The shared port stays, also while there is no address.
func (r *Registry) SetAddresses(ctx context.Context, addresses []string) error {
	wanted, err := parseAddresses(addresses)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errClosed
	}
	r.listeners = slices.DeleteFunc(r.listeners, func(l *listening) bool {
		if slices.Contains(wanted, l.wanted) {
			return false
		}
		l.Close()
		return true
	})
	var problems []error
	for _, address := range wanted {
		if !slices.ContainsFunc(r.listeners, func(l *listening) bool { return l.wanted == address }) {
			problems = append(problems, r.open(ctx, address))
		}
	}
	return errors.Join(problems...)
}

// Addresses gives where the registry listens.
func (r *Registry) Addresses() []netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]netip.AddrPort, len(r.listeners))
	for i, l := range r.listeners {
		list[i] = l.at
	}
	return list
}

// Close ends listening. Requests under way may end until ctx does; then they
// are cut off, and the error says so.
func (r *Registry) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed, r.listeners = true, nil
	r.mu.Unlock()
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("closing the registry: %w", err), r.server.Close())
	}
	r.serving.Wait()
	return err
}

// open is called with r.mu held.
func (r *Registry) open(ctx context.Context, wanted netip.AddrPort) error {
	at := wanted
	if at.Port() == 0 {
		at = netip.AddrPortFrom(wanted.Addr(), r.port)
	}
	listener, err := listen(ctx, at)
	if errors.Is(err, syscall.EADDRINUSE) && at != wanted {
		// Somebody has the shared port on this address: any other will do.
		listener, err = listen(ctx, wanted)
	}
	if err != nil {
		return fmt.Errorf("listening on %s: %w", at, err)
	}
	opened := &listening{Listener: listener, wanted: wanted, at: netip.AddrPortFrom(wanted.Addr(), portOf(listener))}
	if r.port == 0 {
		r.port = opened.at.Port()
	}
	r.listeners = append(r.listeners, opened)
	r.serving.Go(func() { r.serve(opened) })
	return nil
}

func listen(ctx context.Context, at netip.AddrPort) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", at.String())
}

func portOf(l net.Listener) uint16 { return l.Addr().(*net.TCPAddr).AddrPort().Port() }

// serve ends when the listener is closed.
func (r *Registry) serve(l *listening) {
	err := r.server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		r.log.Error("serving the registry", "address", l.at, "error", err)
	}
}
