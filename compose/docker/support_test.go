package docker_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// project loads a compose file whose name is one of its own.
func project(t testing.TB, yaml string) *types.Project {
	t.Helper()
	file := filepath.Join(t.TempDir(), "compose.yaml")
	require.NoError(t, os.WriteFile(file, []byte(yaml), 0o600))
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName(enginetest.Project()))
	require.NoError(t, err)
	loaded, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return loaded
}

// create makes a container of the service "app" of the project's compose file,
// removed with the test.
func create(t testing.TB, engine *docker.Engine, spec docker.ContainerSpec) string {
	t.Helper()
	spec.Service = spec.Project.Services["app"]
	if spec.Name == "" {
		spec.Name = spec.Project.Name + "-app-1"
	}
	ctx := enginetest.Context(t)
	for key, network := range spec.Project.Networks {
		require.NoError(t, engine.EnsureNetwork(ctx, network, map[string]string{"test": key}))
		enginetest.Afterwards(t, func(ctx context.Context) error { return engine.RemoveNetwork(ctx, network.Name) })
	}
	id, err := engine.CreateContainer(ctx, spec)
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return engine.RemoveContainer(ctx, id) })
	return id
}

// run makes and starts a container and returns its id.
func run(t testing.TB, engine *docker.Engine, spec docker.ContainerSpec) string {
	t.Helper()
	id := create(t, engine, spec)
	require.NoError(t, engine.StartContainer(enginetest.Context(t), id))
	return id
}
