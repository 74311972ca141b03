package enginetest

import (
	"testing"

	"github.com/docker/docker/client"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// Raw is the Docker client itself, for what people do to containers behind our
// back: pausing one, stopping its process.
func Raw(t testing.TB, engine *docker.Engine) *client.Client {
	t.Helper()
	cli, err := client.NewClientWithOpts(client.WithHost(engine.Endpoint()), client.WithAPIVersionNegotiation())
	require.NoError(t, err)
	t.Cleanup(func() { _ = cli.Close() })
	return cli
}
