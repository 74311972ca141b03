package docker

import (
	"context"
	"time"
)

// Info is what an engine says of itself and of its machine.
type Info struct {
	Version  string // of the engine, e.g. "28.2.2"
	Platform string // e.g. "linux/x86_64"
	// Time is the clock of its machine; zero where the engine does not tell.
	Time time.Time
}

// Info asks the engine; unlike Ping it goes by the negotiated API version, or
// the one that DOCKER_API_VERSION pins.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	found, err := e.cli.Info(ctx)
	if err != nil {
		return Info{}, mapped("asking the engine", e.endpoint, err)
	}
	return Info{Version: found.ServerVersion, Platform: found.OSType + "/" + found.Architecture, Time: instant(found.SystemTime)}, nil
}
