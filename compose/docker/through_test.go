package docker

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConnectShowsNoPasswordOfADockerRunnersAddress(t *testing.T) {
	for name, environ := range map[string][]string{
		"nobody there": {"RUNNER_DOCKER_API=http://me:hunter2@127.0.0.1:1", secretVariable + "=s"},
		"no secret":    {"RUNNER_DOCKER_API=http://me:hunter2@127.0.0.1:1"},
		"no URL":       {"RUNNER_DOCKER_API=http://me:hunter2@%zz", secretVariable + "=s"},
		"no HTTP":      {"RUNNER_DOCKER_API=ftp://me:hunter2@127.0.0.1", secretVariable + "=s"},
		"DOCKER_HOST":  {"DOCKER_HOST=docker-runner+http://me:hunter2@127.0.0.1:1", secretVariable + "=s"},
	} {
		_, err := Connect(t.Context(), Options{Environ: environ})
		var unavailable *UnavailableError
		require.ErrorAs(t, err, &unavailable, name)
		require.NotContains(t, err.Error()+unavailable.Fix(), "hunter2", name)
	}
}
