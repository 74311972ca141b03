package registry

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
)

const (
	tenant    = "t1"
	extension = "acme.hello"
)

// shelf is one installed extension with its history, as the engine has it.
type shelf struct{ *bundle.History }

func (s shelf) ByHost(host string) (Install, bool) {
	current, ok := s.Current()
	if !ok || host != "hello.example" {
		return Install{}, false
	}
	return Install{Tenant: tenant, Extension: extension, Hash: current.Hash}, true
}

func (s shelf) Valid(of, ext, hash string) bool {
	_, ok := s.Bundle(of, ext, hash)
	return ok
}

func (s shelf) Bundle(of, ext, hash string) (*bundle.Bundle, bool) {
	if of != tenant || ext != extension {
		return nil, false
	}
	return s.ByHash(hash)
}

// publish makes a bundle of the files current.
func (s shelf) publish(t *testing.T, files fstest.MapFS) *bundle.Bundle {
	t.Helper()
	made, err := bundle.NewMaker("").Make(t.Context(), files)
	require.NoError(t, err)
	s.Add(made, time.Now(), bundle.Cause{})
	return made
}

func hello(title string) fstest.MapFS {
	return fstest.MapFS{
		"manifest.json": {Data: []byte("{}")}, "dist/main.wasm": {Data: []byte("\x00asm")},
		"ui/index.html": {Data: []byte("<title>" + title + "</title>")}, "ui/css/main.css": {Data: []byte("body{}")},
	}
}

func newShelf() shelf { return shelf{bundle.OpenHistory("", 0, nil)} }

// started gives a registry that listens on a loopback port.
func started(t *testing.T, installs Installs, o Options) *Registry {
	t.Helper()
	r := New(installs, o)
	require.NoError(t, r.Listen(t.Context(), []string{"127.0.0.1"}))
	closeAtEnd(t, r)
	return r
}

func closeAtEnd(t *testing.T, r *Registry) {
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, r.Close(ctx))
	})
}

type reply struct {
	*http.Response
	body string
}

// code is that of an error.
func (r reply) code(t *testing.T) string {
	t.Helper()
	var body struct {
		Error struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &body), r.body)
	require.NotEmpty(t, body.Error.Message)
	return body.Error.Code
}

// ask sends a request to the registry without a network; headers are pairs.
func ask(r *Registry, method, target string, headers ...string) reply {
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, req)
	return reply{recorder.Result(), recorder.Body.String()}
}

func get(t *testing.T, url string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp, string(body)}
}
