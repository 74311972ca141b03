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

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/image"
	"github.com/same-origin/devproxy/compose/docker"
)

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

// smallImage holds nothing; containers of it can be made, not started.
func smallImage(t *testing.T, engine *docker.Engine) string {
	t.Helper()
	tag := "devproxytest-" + uuid.NewString()[:8]
	_, err := engine.BuildFromBinary(t.Context(), tag, map[string]docker.File{"/x": {Content: []byte(tag)}}, docker.Config{Entrypoint: []string{"/x"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.RemoveImage(context.Background(), tag) })
	return tag
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
