package workshop

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
)

// throughDockerRunner leaves the API of a docker-runner as the only way to the engine.
func throughDockerRunner(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // it outlives what the test clears up
	settings := dockerrunner.Settings{Host: "127.0.0.1", Secret: "a secret of the tests", StateDir: t.TempDir(), Environ: os.Environ()}
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- dockerrunner.Serve(ctx, settings, slog.New(slog.DiscardHandler), func(address string) { ready <- address })
	}()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended)
	})
	select {
	case address := <-ready:
		t.Setenv("RUNNER_DOCKER_API", "http://"+address)
	case err := <-ended:
		ended <- err
		require.NoError(t, err)
	}
	t.Setenv("DOCKER_RUNNER_SHARED_SECRET", settings.Secret)
	t.Setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
}

func TestRun_builds_through_a_docker_runner_with_copies_of_the_sources(t *testing.T) {
	throughDockerRunner(t)
	f := newFixture(t)
	require.True(t, f.engine.Through())
	f.write("src/a.txt", "text")
	f.write("dist/old.txt", "the developer's own")
	warm := build.Container{Snapshot: true}
	command := `echo x >> /cache; busybox ls dist; echo changed > src/b.txt; busybox cat src/a.txt /cache > dist/n`
	for _, want := range []string{"textx\n", "textx\nx\n"} {
		result := f.run(warm, command)
		require.Empty(t, result.Problems, "%v", result.Output)
		assert.Empty(t, f.said, "outputs are empty when a build begins")
		assert.Equal(t, want, f.read("dist/n"))
	}
	assert.Empty(t, f.read("src/b.txt"), "what a build writes elsewhere stays in its container")
	assert.Equal(t, "the developer's own", f.read("dist/old.txt"))
	f.write("src/a.txt", "changed")
	require.Empty(t, f.run(warm, command).Problems)
	assert.Contains(t, f.read("dist/n"), "changed", "each build has the sources of its time")
}
