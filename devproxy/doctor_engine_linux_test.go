package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

func TestDoctor_names_an_API_version_that_the_engine_does_not_speak(t *testing.T) {
	dockerEngine(t)
	for version, code := range map[string]string{"1.99": "engine_api", "1.30": "engine_old"} {
		w := newWard(t)
		w.env = append(w.env, "DOCKER_API_VERSION="+version)
		f := named(t, w.doctor(), code)
		assert.Contains(t, f.Fix, "unset DOCKER_API_VERSION")
	}
}

// wrongClock passes everything on to the engine, and tells a time an hour ago.
func wrongClock(t *testing.T) *httptest.Server {
	t.Helper()
	socket, local := strings.CutPrefix(dockerEngine(t).Endpoint(), "unix://")
	if !local {
		unavailable(t, "the engine has no socket here")
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	proxy.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	proxy.ModifyResponse = func(res *http.Response) error {
		if !strings.HasSuffix(res.Request.URL.Path, "/info") {
			return nil
		}
		var info map[string]any
		if err := json.NewDecoder(res.Body).Decode(&info); err != nil {
			return err
		}
		info["SystemTime"] = time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
		body, err := json.Marshal(info)
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		res.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return err
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server
}

func TestDoctor_names_an_engine_whose_clock_is_wrong(t *testing.T) {
	w := newWard(t)
	w.env = append(w.env, "DOCKER_HOST="+strings.Replace(wrongClock(t).URL, "http://", "tcp://", 1))
	f := named(t, w.doctor(), "clock_skew")
	assert.Equal(t, stateWrong, f.State)
	assert.Contains(t, f.Evidence, "-1h0m0s off")
}

// smallImage holds nothing; containers of it can be made, not started.
func smallImage(t *testing.T, engine *docker.Engine) string {
	t.Helper()
	tag := "devproxytest-" + uuid.NewString()[:8]
	_, err := engine.BuildFromBinary(t.Context(), tag, map[string]docker.File{"/x": {Content: []byte(tag)}}, docker.Config{Entrypoint: []string{"/x"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.RemoveImage(context.Background(), tag) })
	return tag
}

func TestDoctor_fix_removes_containers_that_a_killed_devproxy_left(t *testing.T) {
	engine := dockerEngine(t)
	w := newWard(t)
	service := types.ServiceConfig{Name: "extension-runner"}
	service.NetworkMode = "none"
	id, err := engine.CreateContainer(t.Context(), docker.ContainerSpec{
		Name: "devproxytest-" + uuid.NewString()[:8], Image: smallImage(t, engine), Project: &types.Project{}, Service: service,
		Labels: map[string]string{stack.InstanceLabel: w.project().instance()},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.DiscardContainer(context.Background(), id) })
	w.mends("containers_left")
	_, err = engine.Inspect(t.Context(), id)
	assert.True(t, docker.Is(err, docker.CodeContainerNotFound), "%v", err)
}

func TestDoctor_goes_the_way_from_a_container_to_this_machine(t *testing.T) {
	engine := dockerEngine(t)
	program, err := image.Binary(t.Context(), image.Options{})
	require.NoError(t, err)
	w := newWard(t)
	w.withRunnerImage(engine, program)
	f := w.about("way from containers")
	assert.Equal(t, stateOK, f.State, "%+v", f)
	assert.Contains(t, f.Cause, gatewayName)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	err = askFromContainer(t.Context(), engine, "devproxy-runner:"+w.project().instance(), closed)
	assert.ErrorContains(t, err, "runner_unhealthy", "what the container says is the evidence")
}
