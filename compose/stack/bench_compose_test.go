package stack_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// BenchmarkAgainstCompose measures how long it takes from a changed binary to its
// first answer, side by side with Docker's own Compose where that is installed:
//
//	deploy  Deploy, with a build
//	watch   docker compose watch, which rebuilds and recreates
//	up      docker compose up -d --build, as scripts/dev-runner.sh does
//
// The others' failed probes per change are reported too; Deploy's are counted by
// the tests, and are none. With Compose v5.5.1 and an engine of version 20.10, on
// two cores: 1.0 s, 2.7 s with 53 failed probes, 2.2 s with 46.
func BenchmarkAgainstCompose(b *testing.B) {
	if said, err := exec.CommandContext(b.Context(), "docker", "compose", "version", "--short").CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			b.Fatalf("CI=true allows no skip, but docker compose version: %v: %s", err, bytes.TrimSpace(said))
		}
		b.Skipf("needs Docker's Compose plugin: docker compose version: %v: %s", err, bytes.TrimSpace(said))
	} else {
		b.Logf("docker compose %s", bytes.TrimSpace(said))
	}
	watching, upping := newComposed(b), newComposed(b)
	watching.watch()
	ways := []way{deploy(b), {"watch", watching.change}, {"up", upping.changeAndUp}}
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
	b.ReportMetric(float64(median[1])/float64(median[0]), "watch/deploy")
	b.ReportMetric(float64(median[2])/float64(median[0]), "up/deploy")
	b.ReportMetric(float64(watching.failed)/float64(turn), "watch-failed-probes")
	b.ReportMetric(float64(upping.failed)/float64(turn), "up-failed-probes")
}

// composed is a project that Docker's Compose runs.
type composed struct {
	*fixture
	b      *testing.B
	port   string
	failed int
}

func newComposed(b *testing.B) *composed {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // Compose needs the port by number
	require.NoError(b, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(b, err)
	require.NoError(b, listener.Close())
	c := &composed{fixture: newFixture(b), b: b, port: port}
	buildable(b, c.fixture, -1)
	yaml := fmt.Sprintf(`services:
  runner:
    build: {context: ./context, labels: {%s: %s}}
    stop_grace_period: 1s
    ports: ["127.0.0.1:%s:8080"]
    develop: {watch: [{action: rebuild, path: ./context}]}
`, stack.InstanceLabel, c.name, port)
	require.NoError(b, os.WriteFile(filepath.Join(c.dir, "compose.yaml"), []byte(yaml), 0o600))
	enginetest.Afterwards(b, func(ctx context.Context) error {
		return c.command(ctx, "down", "-v", "--rmi", "local").Run()
	})
	c.up()
	return c
}

func (c *composed) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "docker", append([]string{"compose", "-p", c.name}, args...)...)
	cmd.Dir = c.dir
	return cmd
}

func (c *composed) up() {
	said, err := c.command(c.b.Context(), "up", "-d", "--build").CombinedOutput()
	require.NoError(c.b, err, string(said))
}

// watch runs the plugin's watch until the end of the benchmark.
func (c *composed) watch() {
	said, writer, err := os.Pipe()
	require.NoError(c.b, err)
	cmd := c.command(context.Background(), "watch", "--no-up")
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(c.b, cmd.Start())
	require.NoError(c.b, writer.Close())
	c.b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended by itself
		_ = cmd.Wait()
	})
	var text []byte
	chunk := make([]byte, 4096)
	for !bytes.Contains(bytes.ToLower(text), []byte("watch enabled")) {
		n, err := said.Read(chunk)
		text = append(text, chunk[:n]...)
		require.NoError(c.b, err, "the watch ended: %s", text)
	}
	go func() { // ends with the command
		_, _ = io.Copy(io.Discard, said)
		_ = said.Close()
	}()
}

func (c *composed) change(turn int) time.Duration {
	begun := time.Now()
	buildable(c.b, c.fixture, turn)
	return c.awaitChange(begun)
}

func (c *composed) changeAndUp(turn int) time.Duration {
	begun := time.Now()
	buildable(c.b, c.fixture, turn)
	upped := make(chan error, 1)
	go func() { upped <- c.command(c.b.Context(), "up", "-d", "--build").Run() }()
	took := c.awaitChange(begun)
	require.NoError(c.b, <-upped)
	return took
}

// awaitChange probes until the program that lies there now answers.
func (c *composed) awaitChange(begun time.Time) time.Duration {
	program, err := os.ReadFile(filepath.Join(c.dir, "context", "app"))
	require.NoError(c.b, err)
	ctx := enginetest.Context(c.b)
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		response, err := client.Get("http://127.0.0.1:" + c.port + "/tail")
		if err != nil {
			c.failed++
		} else {
			tail, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err == nil && len(tail) > 0 && bytes.HasSuffix(program, tail) {
				return time.Since(begun)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.b.Fatal("the changed program never answered: ", err)
		}
	}
}
