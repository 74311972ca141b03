package docker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

// buildDir is a context of the given files with the test service as "app".
func buildDir(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app"), enginetest.Binary(t), 0o755))
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// build builds with a tag of its own, removed with the test.
func build(t testing.TB, engine *docker.Engine, config types.BuildConfig, progress func(docker.BuildEvent)) (string, string, error) {
	t.Helper()
	tag := enginetest.Project() + ":test"
	labels := map[string]string{"dev.devproxy.instance": tag}
	id, err := engine.Build(enginetest.Context(t), docker.BuildSpec{Tag: tag, Build: config, Labels: labels, Progress: progress})
	enginetest.Afterwards(t, func(ctx context.Context) error {
		return errors.Join(engine.RemoveImage(ctx, tag), engine.PruneImages(ctx, labels))
	})
	return tag, id, err
}

// content is a file of an image, as the service in it reads it.
func content(t *testing.T, engine *docker.Engine, image, file string) (string, bool) {
	t.Helper()
	p := project(t, `services: {app: {image: x, entrypoint: ["/app"]}}`)
	id := run(t, engine, docker.ContainerSpec{Project: p, Image: image})
	var out bytes.Buffer
	code, err := engine.Exec(enginetest.Context(t), id, docker.ExecSpec{Cmd: []string{"/app", "cat", file}, Stdout: &out})
	require.NoError(t, err)
	return out.String(), code == 0
}

func TestABuildKeepsToTheIgnoreFileAndReportsItsSteps(t *testing.T) {
	engine := enginetest.Engine(t)
	dir := buildDir(t, map[string]string{
		"Dockerfile":    "FROM scratch AS base\nCOPY . /\nFROM base AS wanted\nARG GREETING\nENV GREETING=$GREETING\nFROM base AS unwanted\nCOPY nope /\n",
		".dockerignore": "secret\nlogs\n!logs/keep\nDockerfile\n",
		"secret":        "s", "kept": "k", "logs/drop": "d", "logs/keep": "yes",
	})
	greeting := "hi"
	var events []docker.BuildEvent
	tag, id, err := build(t, engine, types.BuildConfig{
		Context: dir, Target: "wanted", Args: types.MappingWithEquals{"GREETING": &greeting}, Labels: types.Labels{"team": "blue"},
	}, func(e docker.BuildEvent) { events = append(events, e) })
	require.NoError(t, err)
	image, err := engine.InspectImage(t.Context(), tag)
	require.NoError(t, err)
	require.Equal(t, image.ID, id)
	require.Equal(t, "blue", image.Labels["team"])
	var steps []string
	for _, e := range events {
		if e.Done {
			steps = append(steps, e.Step)
		}
	}
	require.Contains(t, steps, "[base 1/1] COPY . /")
	for file, there := range map[string]bool{"/secret": false, "/kept": true, "/logs/drop": false, "/logs/keep": true} {
		_, found := content(t, engine, tag, file)
		require.Equal(t, there, found, file)
	}
}

func TestADockerfileMayBeInlineOrOutsideTheContext(t *testing.T) {
	engine := enginetest.Engine(t)
	outside := filepath.Join(t.TempDir(), "Dockerfile.dev")
	require.NoError(t, os.WriteFile(outside, []byte("FROM scratch\nCOPY app /app\n"), 0o600))
	cases := map[string]types.BuildConfig{
		"inline":  {DockerfileInline: "FROM scratch\nCOPY app /app\n"},
		"outside": {Dockerfile: outside},
	}
	for name, config := range cases {
		t.Run(name, func(t *testing.T) {
			config.Context = buildDir(t, nil)
			tag, _, err := build(t, engine, config, nil)
			require.NoError(t, err)
			hosts, found := content(t, engine, tag, "/etc/hosts")
			require.True(t, found)
			require.NotEmpty(t, hosts)
		})
	}
}

func TestAFailedBuildNamesItsStep(t *testing.T) {
	engine := enginetest.Engine(t)
	cases := map[string]struct{ dockerfile, reason string }{
		"a file that is not there":  {"FROM scratch\nCOPY nope /app\n", `step "[1/1] COPY nope /app"`},
		"a command that fails":      {"FROM scratch\nCOPY app /app\nRUN [\"/app\", \"exit\", \"3\"]\n", "exit code: 3"},
		"an unknown instruction":    {"FRM scratch\n", "unknown instruction: FRM"},
		"a Dockerfile with no FROM": {"COPY app /app\n", "no build stage in current context"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := build(t, engine, types.BuildConfig{Context: buildDir(t, nil), DockerfileInline: c.dockerfile}, nil)
			require.Equal(t, docker.CodeBuildFailed, docker.CodeOf(err))
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestOutputOfABuildStepIsReported(t *testing.T) {
	engine := enginetest.Engine(t)
	var output bytes.Buffer
	_, _, err := build(t, engine, types.BuildConfig{
		Context: buildDir(t, nil), NoCache: true, DockerfileInline: "FROM scratch\nCOPY app /app\nRUN [\"/app\", \"cat\", \"/etc/hosts\"]\n",
	}, func(e docker.BuildEvent) { output.Write(e.Output) })
	require.NoError(t, err)
	require.Contains(t, output.String(), "localhost")
}

func TestTheEndOfTheContextStopsABuild(t *testing.T) {
	engine := enginetest.Engine(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := engine.Build(ctx, docker.BuildSpec{
		Tag: enginetest.Project(), Build: types.BuildConfig{Context: buildDir(t, nil), DockerfileInline: "FROM scratch\nCOPY app /app\nRUN [\"/app\"]\n"},
		Progress: func(e docker.BuildEvent) {
			if e.Step == `[2/2] RUN ["/app"]` {
				cancel()
			}
		},
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestBuildsThatNeedASessionAreRefused(t *testing.T) {
	engine := enginetest.Engine(t)
	for key, config := range map[string]types.BuildConfig{
		"secrets": {Secrets: []types.ServiceSecretConfig{{Source: "token"}}},
		"ssh":     {SSH: types.SSHConfig{{ID: "default"}}},
	} {
		_, err := engine.Build(t.Context(), docker.BuildSpec{Tag: "x", Build: config})
		require.Equal(t, docker.CodeUnsupported, docker.CodeOf(err))
		require.ErrorContains(t, err, "build."+key)
	}
}

func TestABinaryBecomesAnImageOnce(t *testing.T) {
	engine, ctx := enginetest.Engine(t), enginetest.Context(t)
	tag := enginetest.Project() + ":test"
	enginetest.Afterwards(t, func(ctx context.Context) error { return engine.RemoveImage(ctx, tag) })
	files := map[string]docker.File{"/app": {Content: enginetest.Binary(t), Mode: 0o755}, "/etc/app/note": {Content: []byte("first")}}
	config := docker.Config{
		Entrypoint: []string{"/app"}, Env: []string{`NOTE=with "quotes" and spaces`}, ExposedPorts: []uint16{8080},
		Labels: map[string]string{"dev.devproxy.instance": tag},
	}
	first, err := engine.BuildFromBinary(ctx, tag, files, config)
	require.NoError(t, err)
	again, err := engine.BuildFromBinary(ctx, tag, files, config)
	require.NoError(t, err)
	require.Equal(t, first, again)
	t.Run("and holds its files", func(t *testing.T) {
		note, found := content(t, engine, tag, "/etc/app/note")
		require.True(t, found)
		require.Equal(t, "first", note)
	})
	files["/etc/app/note"] = docker.File{Content: []byte("second")}
	second, err := engine.BuildFromBinary(ctx, tag, files, config)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	require.NoError(t, engine.PruneImages(ctx, config.Labels))
	_, err = engine.InspectImage(ctx, first)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
}
