package enginetest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
)

// Between is the engine of this machine, behind the handler that wrap makes of
// the way to it: for what an engine answers only when something is wrong with
// it. It is on a unix socket, as that is.
func Between(t testing.TB, wrap func(engine *httputil.ReverseProxy) http.Handler) *docker.Engine {
	t.Helper()
	target, socket := engineSocket(t), freeSocket(t)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", target)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	handler := wrap(&httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "engine"}) },
		FlushInterval: -1, Transport: transport,
	})
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	server := &http.Server{Handler: handler}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { _ = server.Close(); serving.Wait() })
	return engineAt(t, socket)
}

// Refuse answers as an engine does that cannot do what it is asked.
func Refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message}) // a client that left needs no answer
}
