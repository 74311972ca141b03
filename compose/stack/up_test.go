package stack_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// whole is a project with everything a runner may wait for.
const whole = `
services:
  runner:
    image: %[1]s
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
      side: {condition: service_started}
    volumes: ["state:/state"]
  db:
    image: %[1]s
    healthcheck: {test: [CMD, /app, health], interval: 100ms}
    volumes: ["state:/state"]
  migrate:
    image: %[1]s
    command: ["exit", "%[2]d"]
    depends_on: {db: {condition: service_healthy}}
  side: {image: %[1]s}
volumes: {state: }
`

// states are the services' containers and what they do.
func states(t *testing.T, s *stack.Stack) map[string]string {
	t.Helper()
	members, err := s.Ps(enginetest.Context(t))
	require.NoError(t, err)
	found := map[string]string{}
	for _, m := range members {
		found[m.Service] = m.State
	}
	return found
}

func TestUpMeetsEveryConditionAndDownLeavesNothing(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	yaml := fmt.Sprintf(whole, f.image, 0)
	s := f.stack(yaml, nil)
	require.NoError(t, s.Up(ctx))
	require.Equal(t, map[string]string{"runner": "running", "db": "running", "side": "running", "migrate": "exited"}, states(t, s))
	live := s.Live()
	require.NoError(t, s.Up(ctx))
	require.Same(t, live, s.Live(), "what is up to date is left alone")
	next := f.stack(yaml, nil)
	require.NoError(t, next.Up(ctx))
	require.Equal(t, live.Container, next.Live().Container, "and adopted by the next process")
	require.NoError(t, next.Down(ctx, false))
	require.Empty(t, f.census())
	volume := next.Project.Compose.Volumes["state"]
	volume.External = true
	require.NoError(t, f.engine.EnsureVolume(ctx, volume, nil), "volumes stay unless asked for")
	require.NoError(t, next.Down(ctx, true))
	require.Equal(t, docker.CodeVolumeNotFound, docker.CodeOf(f.engine.EnsureVolume(ctx, volume, nil)))
}

func TestADependencyThatFailsStopsUpWithItsReason(t *testing.T) {
	f := newFixture(t)
	s := f.stack(fmt.Sprintf(whole, f.image, 4), nil)
	err := s.Up(enginetest.Context(t))
	require.ErrorContains(t, err, "starting service runner: its dependency migrate: starting service migrate: it exited with code 4")
	require.Nil(t, s.Live())
}

func TestAMissingExternalNetworkIsNamed(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner("    networks: [theirs]\n")+"networks: {theirs: {name: "+f.name+"-theirs, external: true}}\n", nil)
	err := s.Up(enginetest.Context(t))
	require.Equal(t, docker.CodeNetworkNotFound, docker.CodeOf(err))
	require.ErrorContains(t, err, f.name+"-theirs")
	require.ErrorContains(t, err, "docker network create")
}

func TestAChangedServiceIsMadeAnew(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	yaml := "  side:\n    image: " + f.image + "\n    environment: {VERSION: %s}\n"
	require.NoError(t, f.stack(f.runner("    environment: {VERSION: one}\n")+fmt.Sprintf(yaml, "one"), nil).Up(ctx))
	s := f.stack(f.runner("    environment: {VERSION: two}\n")+fmt.Sprintf(yaml, "two"), nil)
	require.NoError(t, s.Up(ctx))
	require.Equal(t, "two", version(t, s.Live()))
	require.Equal(t, 2, s.Live().Number)
	s.Settle()
	require.Equal(t, map[string]int{"running": 2}, f.census())
}

func TestRestartAndExecReachTheService(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	s := f.stack(f.runner("")+"  side: {image: "+f.image+"}\n", nil)
	require.NoError(t, s.Up(ctx))
	first := s.Live()
	require.NoError(t, s.Restart(ctx, "runner"))
	require.Equal(t, first.Number+1, s.Live().Number)
	require.NoError(t, s.Restart(ctx, "side"))
	for _, service := range []string{"runner", "side"} {
		var out bytes.Buffer
		code, err := s.Exec(ctx, service, docker.ExecSpec{Cmd: []string{"/app", "cat", "/etc/hosts"}, Stdout: &out})
		require.NoError(t, err)
		require.Zero(t, code)
		require.Contains(t, out.String(), "localhost")
	}
	_, err := s.Exec(ctx, "other", docker.ExecSpec{})
	require.EqualError(t, err, "looking for service other: the project has runner, side")
}

func TestDeployBuildsAndClearsWhatRebuildsLeave(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	build := filepath.Join(f.dir, "build")
	require.NoError(t, os.MkdirAll(build, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(build, "app"), enginetest.Binary(t), 0o755))
	yaml := "services: {runner: {build: {context: ./build, dockerfile_inline: \"FROM scratch\\nCOPY . /\\nENTRYPOINT [\\\"/app\\\"]\\n\"}}}\n"
	steps := newRecorder[docker.BuildEvent]()
	s := f.stack(yaml, func(o *stack.Options) {
		o.Build = func(service string, e docker.BuildEvent) {
			require.Equal(t, "runner", service)
			steps.add(e)
		}
	})
	first, err := s.Deploy(ctx)
	require.NoError(t, err)
	steps.await(t, "a step", func(e docker.BuildEvent) bool { return e.Done && e.Step == "[1/1] COPY . /" })
	require.NoError(t, os.WriteFile(filepath.Join(build, "new"), []byte("new"), 0o600))
	second, err := s.Deploy(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first.ImageID, second.ImageID)
	s.Settle()
	_, err = f.engine.InspectImage(ctx, first.ImageID)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	require.NoError(t, os.WriteFile(filepath.Join(build, ".dockerignore"), []byte("app\n"), 0o600))
	_, err = s.Deploy(ctx)
	require.Equal(t, docker.CodeCommandNotFound, docker.CodeOf(err))
	require.Same(t, second, s.Live())
}
