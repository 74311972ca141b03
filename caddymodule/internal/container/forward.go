package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/compose/stack"
)

// forwards serve the host ports that the project promises, with connections to
// whichever generation is live, so that direct access survives every swap. A
// nil one serves none.
type forwards struct {
	addresses []string
	target    atomic.Pointer[string]
	dialer    Dialer
	listeners []net.Listener
	conns     sync.WaitGroup
	ctx       context.Context
	cancel    context.CancelFunc
}

// forward listens on the runner's fixed ports; on loopback where the file
// names no address, since what is served here runs code.
func (r *Runner) forward(ctx context.Context, s *stack.Stack) error {
	addresses := s.HostPorts()
	before := r.forwarding()
	if before != nil && slices.Equal(before.addresses, addresses) {
		return nil
	}
	before.close() // the file says otherwise by now
	r.setForwards(nil)
	f := &forwards{addresses: addresses, dialer: s.Engine}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, address := range addresses {
		host, port, err := net.SplitHostPort(address)
		if err == nil && host == "" {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			f.close()
			return fmt.Errorf("serving the runner's port %s: %w", address, err)
		}
		f.listeners = append(f.listeners, listener)
		f.conns.Go(func() { f.accept(listener) })
		r.hooks.Log.Info("the runner's port leads to whichever generation is live", "address", listener.Addr().String())
	}
	r.setForwards(f)
	return nil
}

func (r *Runner) forwarding() *forwards {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.forwards
}

// setForwards sends what f accepts to the live generation, if there is one by
// now.
func (r *Runner) setForwards(f *forwards) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f != nil {
		f.target.Store(r.led)
	}
	r.forwards = f
}

// lead sends new connections to address.
func (r *Runner) lead(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.led = &address
	if r.forwards != nil {
		r.forwards.target.Store(&address)
	}
}

func (f *forwards) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		f.conns.Go(func() { f.serve(conn) })
	}
}

// dialPatience is how long a connection waits for a generation that answers.
const dialPatience = 5 * time.Second

func (f *forwards) serve(client net.Conn) {
	defer client.Close()
	runner, err := f.dial()
	if err != nil {
		return
	}
	defer runner.Close()
	join(f.ctx, client, runner)
}

// join copies both ways until both have ended, or the context has.
func join(ctx context.Context, one, other net.Conn) {
	defer context.AfterFunc(ctx, func() { one.Close(); other.Close() })()
	var pipes sync.WaitGroup
	pipes.Go(func() { pipe(other, one) })
	pipes.Go(func() { pipe(one, other) })
	pipes.Wait()
}

// dial tries again while a swap may be under way.
func (f *forwards) dial() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(f.ctx, dialPatience)
	defer cancel()
	for {
		err := errors.New("no generation is live yet")
		if target := f.target.Load(); target != nil {
			var conn net.Conn
			if conn, err = f.dialer.DialContext(ctx, "tcp", *target); err == nil {
				return conn, nil
			}
		}
		wait(ctx, 25*time.Millisecond)
		if ctx.Err() != nil {
			return nil, err
		}
	}
}

// pipe copies until one end is done, and passes that on.
func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either end may leave at any time
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close() // of a stream of yamux, the half that writes
}

func (f *forwards) close() {
	if f == nil {
		return
	}
	for _, listener := range f.listeners {
		listener.Close()
	}
	f.cancel()
	f.conns.Wait()
}
