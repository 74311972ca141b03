package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/docker/docker/pkg/stdcopy"
)

// Attached is the two-way connection to a command in a container.
type Attached struct {
	io.ReadWriteCloser
	release func() bool
}

// Attach starts an exec and connects to it, for good until Close or the end of
// the context.
func (r *Raw) Attach(ctx context.Context, exec string, tty bool) (*Attached, error) {
	body := `{"Detach":false,"Tty":false}`
	if tty {
		body = `{"Detach":false,"Tty":true}`
	}
	response, err := r.Ask(ctx, Request{
		Method: http.MethodPost, Path: "/exec/" + exec + "/start", Body: strings.NewReader(body),
		Header: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"tcp"}},
	})
	if err != nil {
		return nil, err
	}
	stream, ok := response.Body.(io.ReadWriteCloser)
	if !ok {
		_ = response.Body.Close()
		return nil, fmt.Errorf("attaching to exec %s: the engine answered %s", exec, response.Status)
	}
	return &Attached{ReadWriteCloser: stream, release: context.AfterFunc(ctx, func() { _ = stream.Close() })}, nil
}

// CloseWrite ends the command's standard input.
func (a *Attached) CloseWrite() error {
	half, ok := a.ReadWriteCloser.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// Close ends the connection; the command goes on.
func (a *Attached) Close() error {
	a.release()
	return a.ReadWriteCloser.Close()
}

// Demultiplex copies the frames of a command without a terminal to its two
// streams, until the end.
func Demultiplex(stdout, stderr io.Writer, from io.Reader) error {
	_, err := stdcopy.StdCopy(stdout, stderr, from)
	if err != nil {
		return fmt.Errorf("reading the command's output: %w", err)
	}
	return nil
}
