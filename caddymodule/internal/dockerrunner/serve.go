package dockerrunner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// headerPatience bounds how long a request's headers may take.
	headerPatience = 10 * time.Second
	// idlePatience is how long a connection is kept for another request.
	idlePatience = 2 * time.Minute
	// closeLimit is what running requests have to end.
	closeLimit = 10 * time.Second
)

// ListenError says that an address cannot be listened on.
type ListenError struct {
	Address string
	Err     error
}

func (e *ListenError) Error() string { return fmt.Sprintf("listening on %s: %v", e.Address, e.Err) }

// Unwrap gives the system's reason.
func (e *ListenError) Unwrap() error { return e.Err }

// Serve runs a service alone, on a listener of its own, until the context ends.
// ready hears of its address once it listens.
func Serve(ctx context.Context, settings Settings, log *slog.Logger, ready func(address string)) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", settings.Address())
	if err != nil {
		return &ListenError{Address: settings.Address(), Err: err}
	}
	service, err := Open(settings, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	service.Start()
	server := &http.Server{Handler: service, ReadHeaderTimeout: headerPatience, IdleTimeout: idlePatience}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	ready(listener.Addr().String())
	select {
	case <-ctx.Done():
	case err := <-ended:
		return errors.Join(err, service.Close())
	}
	// First the service: its streams have no other end.
	closed := service.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	return errors.Join(closed, server.Shutdown(ctx))
}

// Interface guards
var _ error = (*ListenError)(nil)
