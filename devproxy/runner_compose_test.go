package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	dockerproject "github.com/same-origin/devproxy/compose/project"
)

const runnerCompose = "docker-compose.runner-dev.yml"

// runnerProject loads the repository's compose file with the example's
// variables in a folder of the test, under names that nobody else has. The
// extensions are those in the folder's `examples`.
func runnerProject(t *testing.T, environ ...string) (*dockerproject.Project, string) {
	t.Helper()
	dir, name := t.TempDir(), "devproxytest-"+uuid.NewString()[:8]
	file, err := os.ReadFile("../" + runnerCompose)
	require.NoError(t, err)
	// the only name in it that variables do not change
	file = []byte(strings.Replace(string(file), "devproxy/extension-runner:dev-local", name+":test", 1))
	require.NoError(t, os.WriteFile(filepath.Join(dir, runnerCompose), file, 0o600))
	example, err := os.ReadFile("../.env.runner.example")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".env.runner"), example, 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "examples"), 0o755))
	loaded, err := dockerproject.Load(t.Context(), dockerproject.Options{
		WorkingDir: dir, Files: []string{runnerCompose}, Name: name, Environ: append([]string{"APP_NAME=" + name}, environ...),
	})
	require.NoError(t, err)
	return loaded, dir
}

func TestRunnerCompose_loads_without_a_warning_and_says_what_the_image_needs(t *testing.T) {
	loaded, dir := runnerProject(t)
	assert.Empty(t, loaded.Warnings)
	service, err := loaded.Runner()
	require.NoError(t, err)
	assert.Equal(t, "extension-runner", service.Name)
	assert.Equal(t, append([]string{"CMD"}, image.HealthCheck()...), []string(service.HealthCheck.Test))
	assert.Equal(t, 12*time.Second, time.Duration(*service.StopGracePeriod))
	assert.Equal(t, []string{"host.docker.internal=host-gateway"}, service.ExtraHosts.AsList("="))
	require.Len(t, service.Ports, 1)
	assert.Equal(t, "127.0.0.1", service.Ports[0].HostIP)
	assert.Equal(t, "8085", service.Ports[0].Published)
	assert.EqualValues(t, image.Port, service.Ports[0].Target)
	assert.Equal(t, loaded.Compose.Name+"_runner_dev", loaded.Compose.Networks["runner-dev"].Name)
	targets := map[string]string{}
	for _, volume := range service.Volumes {
		targets[volume.Target] = volume.Source
	}
	assert.Equal(t, map[string]string{image.StateDir: "state", image.ExtensionsDir: filepath.Join(dir, "examples")}, targets)
	assert.Contains(t, service.Build.DockerfileInline, `ENTRYPOINT ["`+strings.Join(image.Entrypoint(), `", "`)+`"]`)
}

func TestRunnerCompose_takes_port_and_folder_from_the_environment(t *testing.T) {
	loaded, _ := runnerProject(t, "RUNNER_DOCKER_PORT=9000", "RUNNER_EXTENSIONS_DIR=/elsewhere")
	service, err := loaded.Runner()
	require.NoError(t, err)
	assert.Equal(t, "9000", service.Ports[0].Published)
	assert.Equal(t, "/elsewhere", service.Volumes[1].Source)
	assert.Equal(t, image.ExtensionsDir, *service.Environment["RUNNER_EXTENSIONS_DIR"], "in the container it is another path")
}

func TestRunnerCompose_without_an_env_file_offers_the_example(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"../" + runnerCompose: runnerCompose, "../.env.runner.example": ".env.runner.example"} {
		content, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), content, 0o600))
	}
	_, err := dockerproject.Load(context.Background(), dockerproject.Options{WorkingDir: dir, Files: []string{runnerCompose}, Environ: []string{}})
	var refused *dockerproject.LoadError
	require.ErrorAs(t, err, &refused)
	require.Len(t, refused.Problems, 1)
	assert.Equal(t, dockerproject.CodeEnvFileMissing, refused.Problems[0].Code)
	assert.True(t, refused.Problems[0].HasExample())
}
