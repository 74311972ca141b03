package dockerrunner_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/dockerrunner"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

func TestEngineStream_speaks_with_the_engine_itself(t *testing.T) {
	r := newRig(t)
	conn, err := r.client.DialEngine(r.ctx)
	require.NoError(t, err)
	defer conn.Close()
	for range 2 { // it is kept, as any connection
		_, err = io.WriteString(conn, "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "OK", string(body))
		assert.NotEmpty(t, response.Header.Get("Api-Version"))
	}
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err = conn.Read(make([]byte, 1))
	var late net.Error
	require.ErrorAs(t, err, &late)
	assert.True(t, late.Timeout(), "deadlines count")
}

// echo runs a container that sends back what it gets, on port 7.
func (r *rig) echo(change ...func(*runnerclient.StartOptions)) string {
	r.t.Helper()
	return r.start(append(change, func(o *runnerclient.StartOptions) {
		o.Cmd = []string{"/busybox", "nc", "-ll", "-p", "7", "-e", "/bin/cat"}
	})...)
}

// dialled opens a stream to a port of a container as soon as something listens there.
func (r *rig) dialled(id string, port uint16) net.Conn {
	r.t.Helper()
	var conn net.Conn
	require.EventuallyWithT(r.t, func(c *assert.CollectT) {
		var err error
		conn, err = r.client.DialContainer(r.ctx, id, port)
		require.NoError(c, err)
	}, timeout, 20*time.Millisecond)
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

func TestContainerStream_carries_bytes_both_ways_and_the_end_of_each(t *testing.T) {
	r := newRig(t)
	conn := r.dialled(r.echo(), 7)
	sent := make([]byte, 4<<20)
	_, _ = rand.Read(sent)
	var writing sync.WaitGroup
	writing.Go(func() {
		_, err := conn.Write(sent)
		assert.NoError(t, err)
		assert.NoError(t, conn.(interface{ CloseWrite() error }).CloseWrite())
	})
	got, err := io.ReadAll(conn)
	writing.Wait()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(sent, got), "%d bytes came back", len(got))
}

func TestContainerStream_finds_a_port_that_is_published(t *testing.T) {
	r := newRig(t)
	id := r.echo(func(o *runnerclient.StartOptions) {
		o.CreateExtras["ExposedPorts"] = map[string]any{"7/tcp": map[string]any{}}
		o.CreateExtras["HostConfig"] = map[string]any{"PortBindings": nat.PortMap{"7/tcp": {{HostIP: "127.0.0.1"}}}}
	})
	conn := r.dialled(id, 7)
	_, err := io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "hello\n", line)
}

func TestStreams_that_cannot_be_are_refused_with_a_code(t *testing.T) {
	r := newRig(t)
	id := r.start()
	stopped := r.start(func(o *runnerclient.StartOptions) { o.AutoRemove = no })
	require.NoError(t, r.engine.ContainerKill(r.ctx, stopped, "KILL"))
	ended, failed := r.engine.ContainerWait(r.ctx, stopped, container.WaitConditionNotRunning)
	select {
	case <-ended:
	case err := <-failed:
		require.NoError(t, err)
	}
	taken, err := r.client.Listen(r.ctx, 0)
	require.NoError(t, err)
	defer taken.Close()
	off := newRig(t, func(s *dockerrunner.Settings) { s.NoStreams = true })
	away := newRig(t, func(s *dockerrunner.Settings) { s.Environ = []string{"DOCKER_HOST=unix:///nonexistent/docker.sock"} })
	upgrade := func(h http.Header) { h.Set("Connection", "keep-alive, Upgrade"); h.Set("Upgrade", "TCP") }
	dial := "/v1/containers/dial?containerId="
	for name, c := range map[string]struct {
		of     *rig
		target string
		plain  bool
		want   refusal
	}{
		"no upgrade":                {r, "/v1/engine", true, refusal{426, "upgrade_required", false}},
		"no upgrade to a container": {r, dial + id + "&port=7", true, refusal{426, "upgrade_required", false}},
		"no upgrade to listen":      {r, "/v1/listen", true, refusal{426, "upgrade_required", false}},
		"switched off":              {off, "/v1/engine", false, refusal{403, "streams_disabled", false}},
		"all switched off":          {off, "/v1/listen", false, refusal{403, "streams_disabled", false}},
		"no engine":                 {away, "/v1/engine", false, refusal{503, "docker_unavailable", true}},
		"no such container":         {r, dial + "nowhere&port=7", false, refusal{404, "no_such_container", false}},
		"one that is stopped":       {r, dial + stopped + "&port=7", false, refusal{409, "conflict", false}},
		"nobody listens":            {r, dial + id + "&port=9", false, refusal{502, "dial_failed", true}},
		"no port":                   {r, dial + id, false, refusal{400, "validation_error", false}},
		"port 0":                    {r, dial + id + "&port=0", false, refusal{400, "validation_error", false}},
		"a port too high":           {r, dial + id + "&port=65536", false, refusal{400, "validation_error", false}},
		"a path for an id":          {r, dial + "..%2Fx&port=7", false, refusal{400, "validation_error", false}},
		"a negative port":           {r, "/v1/listen?port=-1", false, refusal{400, "validation_error", false}},
		"a port that is taken":      {r, "/v1/listen?port=" + strconv.Itoa(int(taken.Port)), false, refusal{409, "address_in_use", false}},
	} {
		t.Run(name, func(t *testing.T) {
			c.of.t = t
			q := request{method: "GET", target: c.target, change: upgrade}
			if c.plain {
				q.change = nil
			}
			assert.Equal(t, c.want, c.of.refused(q))
		})
	}
}

func TestListen_brings_a_container_s_connections_to_the_client(t *testing.T) {
	r := newRig(t)
	in, err := r.client.Listen(r.ctx, 0)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		fmt.Fprintf(w, "you asked for %s", q.URL.Path)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(in) }()
	id := r.start(func(o *runnerclient.StartOptions) {
		o.CreateExtras["HostConfig"] = map[string]any{"ExtraHosts": []string{"host.docker.internal:host-gateway"}}
	})
	ask := runnerclient.ExecSpec{Shell: fmt.Sprintf(`printf 'GET /x HTTP/1.0\r\n\r\n' | /busybox nc -w 20 %s %d`, in.Host, in.Port)}
	for range 3 {
		got, err := r.client.Exec(r.ctx, id, ask)
		require.NoError(t, err)
		assert.Contains(t, got.Stdout, "you asked for /x", got.Stderr)
	}
	require.NoError(t, server.Close())
	require.Error(t, <-served)
	require.Eventually(t, func() bool { // the port is free again, and the same one can be had
		again, err := r.client.Listen(r.ctx, in.Port)
		return err == nil && again.Close() == nil
	}, timeout, 20*time.Millisecond)
	got, err := r.client.Exec(r.ctx, id, ask)
	require.NoError(t, err)
	assert.NotContains(t, got.Stdout, "you asked", "nobody answers there any more")
}

func TestTunnels_end_with_the_service_and_leave_none_behind(t *testing.T) {
	engine := engine(t)
	service, err := dockerrunner.Open(dockerrunner.Settings{Secret: secret, StateDir: t.TempDir(), Environ: []string{"DOCKER_HOST=" + engine.DaemonHost()}}, discard)
	require.NoError(t, err)
	server := httptest.NewServer(service)
	defer server.Close()
	c := newClient(t, server.URL)
	r := newRig(t)
	ctx := r.ctx
	conn, err := c.DialEngine(ctx)
	require.NoError(t, err)
	in, err := c.Listen(ctx, 0)
	require.NoError(t, err)
	toContainer, err := c.DialContainer(ctx, waiting(r), 7)
	require.NoError(t, err)
	require.NoError(t, service.Close())
	for name, end := range map[string]func() error{
		"engine":    func() error { _, err := conn.Read(make([]byte, 1)); return err },
		"container": func() error { _, err := toContainer.Read(make([]byte, 1)); return err },
		"listen":    func() error { _, err := in.Accept(); return err },
	} {
		assert.Error(t, end(), name)
	}
	conn.Close()
	toContainer.Close()
	in.Close()
}

// waiting is a container that accepts connections by now.
func waiting(r *rig) string {
	id := r.echo()
	r.dialled(id, 7).Close()
	return id
}
