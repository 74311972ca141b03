// bench_runner_test.go contains the benchmark of a runner that is written in Go:
// from the save of its source until the new program has the traffic.

package caddymodule

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// runnerShare is the goal, as a multiple of the build and the deployment.
const runnerShare = 1.15

// BenchmarkSave_of_a_Go_runner measures from the save of a source, through the
// `go build` that follows it, until the new program answers through Caddy. The
// floor is the same build and then Deploy, called at once: nothing has to notice
// the program, and no traffic is led to it.
func BenchmarkSave_of_a_Go_runner(b *testing.B) {
	engine, err := docker.Connect(b.Context(), docker.Options{})
	if err != nil {
		lacking(b, err.Error())
	}
	b.Cleanup(func() { _ = engine.Close() }) // idle connections
	ours, bare := newGoRunner(b, engine), newGoRunner(b, engine)
	visited := ours.serve()
	devproxy := &contestant{name: "devproxy", save: ours.saver(visited, engine)}
	floor := &contestant{name: "floor", save: bare.deployer(engine)}
	race(b, []*contestant{devproxy, floor})
	b.ReportMetric(milliseconds(bare.building/time.Duration(len(floor.laps))), "ms-mean/go-build")
	visited.report(b)
	reach(b, devproxy, time.Duration(runnerShare*float64(floor.at(50))))
}

// goRunner is a compose project around a program, with its source.
type goRunner struct {
	b        *testing.B
	dir      string
	name     string
	building time.Duration // all of its builds
}

const goRunnerSource = `package main

import (
	"fmt"
	"net/http"
)

const mark = "%s"

func main() {
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, mark) })
	fmt.Println(http.ListenAndServe(":8080", nil))
}
`

const goRunnerCompose = `services:
  extension-runner:
    image: scratch
    entrypoint: [/devproxy-binary/app]
    stop_grace_period: 1s
    x-devproxy: {binary: ./bin/app}
    develop: {watch: [{action: rebuild, path: .}]}
`

func newGoRunner(b *testing.B, engine *docker.Engine) *goRunner {
	r := &goRunner{b: b, dir: b.TempDir(), name: "devproxytest" + uuid.NewString()[:8]}
	r.write("go.mod", "module runner\n\ngo 1.24\n")
	r.write("compose.yaml", goRunnerCompose)
	require.NoError(b, os.Mkdir(filepath.Join(r.dir, "bin"), 0o755))
	r.build("first")
	b.Cleanup(func() { // after what uses it has ended
		ctx, cancel := context.WithTimeout(context.Background(), waitLong)
		defer cancel()
		require.NoError(b, engine.RemoveImage(ctx, r.name+"-extension-runner"))
	})
	return r
}

func (r *goRunner) write(name, content string) {
	require.NoError(r.b, os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600))
}

// build saves the source with a mark and builds it, as a developer's own task
// does.
func (r *goRunner) build(mark string) {
	r.write("main.go", fmt.Sprintf(goRunnerSource, mark))
	began := time.Now()
	compile := exec.CommandContext(r.b.Context(), "go", "build", "-C", r.dir, "-o", filepath.Join("bin", "app"), ".")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	said, err := compile.CombinedOutput()
	r.building += time.Since(began)
	require.NoError(r.b, err, string(said))
}

// serve runs the project behind Caddy and lets a visitor in.
func (r *goRunner) serve() *visitor {
	s := serve(r.b, "default docker\nhold 20s\nbackend docker {\ncompose "+filepath.Join(r.dir, "compose.yaml")+"\nproject "+r.name+"\n}", "runner {\nexpose /*\n}")
	(&visitor{b: r.b, url: s.url + "/runner/x"}).await("first")
	v := &visitor{b: r.b, url: s.url + "/runner/x"}
	v.begin()
	return v
}

func (r *goRunner) saver(v *visitor, engine *docker.Engine) func(string) time.Duration {
	return func(mark string) time.Duration {
		began := time.Now()
		r.build(mark)
		v.await(mark)
		took := time.Since(began)
		r.settle(engine)
		return took
	}
}

// settle waits until the old container is gone and the next one made, which
// would take time from the other's turn.
func (r *goRunner) settle(engine *docker.Engine) {
	require.Eventually(r.b, func() bool {
		list, err := engine.Containers(r.b.Context(), map[string]string{project.LabelPrefix + "project": r.name})
		return err == nil && len(list) == 2 && slices.ContainsFunc(list, func(c docker.Container) bool { return c.State == "created" }) &&
			slices.ContainsFunc(list, docker.Container.Running)
	}, 2*waitLong, 10*time.Millisecond)
}

// deployer has the program deployed as soon as it is built.
func (r *goRunner) deployer(engine *docker.Engine) func(string) time.Duration {
	p, err := project.Load(r.b.Context(), project.Options{WorkingDir: r.dir, Files: []string{filepath.Join(r.dir, "compose.yaml")}, Name: r.name})
	require.NoError(r.b, err)
	s, err := stack.New(stack.Options{
		Engine: engine, Project: p, Instance: r.name, Runner: "extension-runner", StateDir: r.b.TempDir(),
		Report: func(err error) { r.b.Error("reported: ", err) },
	})
	require.NoError(r.b, err)
	r.b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waitLong)
		defer cancel()
		require.NoError(r.b, s.Down(ctx, true))
	})
	_, err = s.Deploy(r.b.Context())
	require.NoError(r.b, err)
	s.Settle()
	r.building = 0 // the first one compiles what it imports
	return func(mark string) time.Duration {
		began := time.Now()
		r.build(mark)
		made, err := s.Deploy(r.b.Context())
		took := time.Since(began)
		require.NoError(r.b, err)
		require.Equal(r.b, mark, (&visitor{b: r.b, url: "http://" + made.Address}).ask())
		s.Settle()
		return took
	}
}
