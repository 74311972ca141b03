package docker

import (
	"errors"
	"io"
	"net"

	"github.com/docker/docker/client"
)

// IsLost says whether an error is that of a connection: the engine could not be
// reached, or went away.
func IsLost(err error) bool {
	var network *net.OpError
	var unavailable *UnavailableError
	return errors.As(err, &unavailable) || errors.As(err, &network) || client.IsErrConnectionFailed(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || Is(err, CodeUnavailable)
}
