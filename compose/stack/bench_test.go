package stack_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// BenchmarkDeploy measures how long it takes from a changed binary to a
// generation with the traffic, against what the engine itself costs. The ways
// take turns in one loop, so that a busy machine is as unkind to each of them:
//
//	floor   a container made ahead of need, its program in a bind-mounted folder
//	bare    the engine calls of a full rebuild: build, create, start, first answer
//	deploy  Deploy, with a build
//	binary  BuildFromBinary and DeployImage, as our own runner's image goes
//	fast    Deploy of a service with x-devproxy.binary, on the floor's network
//	mesh    the same on a network of the project's own, as services have by default
func BenchmarkDeploy(b *testing.B) {
	ways := []way{floor(b), bare(b), deploy(b), binary(b), mounted(b, "fast", "    network_mode: bridge\n"), mounted(b, "mesh", "")}
	took := make([][]time.Duration, len(ways))
	turn := 0
	for b.Loop() {
		for i := range ways {
			took[i] = append(took[i], ways[i].run(turn))
		}
		turn++
	}
	median := make([]time.Duration, len(ways))
	for i, way := range ways {
		slices.Sort(took[i])
		median[i] = took[i][len(took[i])/2]
		b.ReportMetric(float64(median[i].Milliseconds()), way.name+"-ms")
	}
	b.ReportMetric(float64(median[2])/float64(median[1]), "deploy/bare")
	for _, i := range []int{3, 4, 5} {
		b.ReportMetric(float64(median[i])/float64(median[0]), ways[i].name+"/floor")
	}
}

// way is one way to new code; run takes it once and says how long it took.
type way struct {
	name string
	run  func(turn int) time.Duration
}

func floor(b *testing.B) way {
	f := newFixture(b)
	dir := filepath.Join(f.dir, "bin")
	require.NoError(b, os.MkdirAll(dir, 0o755))
	p := f.load(fmt.Sprintf("services: {runner: {image: %s, entrypoint: [/bin/app], network_mode: bridge, volumes: [%q]}}\n", f.image, dir+":/bin:ro"))
	return way{"floor", func(turn int) time.Duration {
		content := changed(b, turn)
		id := f.prepare(p, f.image, turn)
		begun := time.Now()
		require.NoError(b, os.WriteFile(filepath.Join(dir, "next"), content, 0o755))
		require.NoError(b, os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "app")))
		require.NoError(b, f.engine.StartContainer(b.Context(), id))
		f.awaitAnswer(id)
		took := time.Since(begun)
		require.NoError(b, f.engine.RemoveContainer(b.Context(), id))
		return took
	}}
}

func bare(b *testing.B) way {
	f := newFixture(b)
	s := f.stack(f.runner(""), nil)
	_, err := s.Deploy(b.Context()) // for its network
	require.NoError(b, err)
	return way{"bare", func(turn int) time.Duration {
		config := buildable(b, f, turn)
		begun := time.Now()
		image, err := f.engine.Build(b.Context(), docker.BuildSpec{
			Tag: f.name + "-runner", Build: config, Labels: map[string]string{stack.InstanceLabel: f.name},
		})
		require.NoError(b, err)
		id := f.prepare(s.Project, image, turn)
		require.NoError(b, f.engine.StartContainer(b.Context(), id))
		f.awaitAnswer(id)
		took := time.Since(begun)
		require.NoError(b, f.engine.RemoveContainer(b.Context(), id))
		return took
	}}
}

func deploy(b *testing.B) way {
	f := newFixture(b)
	s := f.stack(fmt.Sprintf("services: {runner: {build: {context: %q}}}\n", buildable(b, f, -1).Context), nil)
	return way{"deploy", func(turn int) time.Duration {
		buildable(b, f, turn)
		begun := time.Now()
		_, err := s.Deploy(b.Context())
		require.NoError(b, err)
		took := time.Since(begun)
		s.Settle()
		return took
	}}
}

func binary(b *testing.B) way {
	f := newFixture(b)
	s := f.stack(f.runner(""), nil)
	return way{"binary", func(turn int) time.Duration {
		files := map[string]docker.File{"/app": {Content: changed(b, turn), Mode: 0o755}}
		begun := time.Now()
		image, err := f.engine.BuildFromBinary(b.Context(), f.name+":binary", files, docker.Config{
			Entrypoint: []string{"/app"}, Labels: map[string]string{stack.InstanceLabel: f.name},
		})
		require.NoError(b, err)
		_, err = s.DeployImage(b.Context(), image)
		require.NoError(b, err)
		took := time.Since(begun)
		s.Settle()
		return took
	}}
}

func mounted(b *testing.B, name, lines string) way {
	f := newFixture(b)
	s := f.stack(f.binary(lines), f.kept)
	f.writeFile(changed(b, -1))
	_, err := s.Deploy(b.Context())
	require.NoError(b, err)
	s.Settle()
	return way{name, func(turn int) time.Duration {
		content := changed(b, turn)
		begun := time.Now()
		f.writeFile(content)
		_, err := s.Deploy(b.Context())
		require.NoError(b, err)
		took := time.Since(begun)
		s.Settle()
		return took
	}}
}

// changed is the test service with a tail that makes it another file each time.
func changed(b testing.TB, turn int) []byte {
	return fmt.Appendf(slices.Clone(enginetest.Binary(b)), "%d %d", turn, time.Now().UnixNano())
}

// buildable is a context whose binary is another one each time.
func buildable(b *testing.B, f *fixture, turn int) types.BuildConfig {
	dir := filepath.Join(f.dir, "context")
	require.NoError(b, os.MkdirAll(dir, 0o755))
	require.NoError(b, os.WriteFile(filepath.Join(dir, "app"), changed(b, turn), 0o755))
	require.NoError(b, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nENTRYPOINT [\"/app\"]\nCOPY app /app\n"), 0o600))
	return types.BuildConfig{Context: dir}
}

// prepare makes a container without starting it.
func (f *fixture) prepare(p *project.Project, image string, turn int) string {
	id, err := f.engine.CreateContainer(f.t.Context(), docker.ContainerSpec{
		Name: fmt.Sprintf("%s-%d", f.name, turn), Image: image, Project: p.Compose,
		Service: p.Compose.Services["runner"], Ports: []uint16{8080}, Loopback: true,
	})
	require.NoError(f.t, err)
	return id
}

// awaitAnswer waits for the first 200 of a started container.
func (f *fixture) awaitAnswer(id string) {
	found, err := f.engine.Inspect(f.t.Context(), id)
	require.NoError(f.t, err)
	ctx, client := enginetest.Context(f.t), &http.Client{Timeout: time.Second}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		response, err := client.Get("http://" + found.Address(8080) + "/healthz")
		if err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			f.t.Fatal("the container never answered: ", err)
		}
	}
}
