package engine

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestRequests_do_not_wait_for_whoever_changes_the_engine(t *testing.T) {
	e, s := newEngine(t), settings(t)
	s.Hold = time.Nanosecond
	s.Extensions = []Extension{{Dir: folder(t, nil), Tenant: "t"}}
	away, err := url.Parse("http://127.0.0.1:1")
	require.NoError(t, err)
	s.Backends["away"] = backend.Config{Name: "away", Kind: backend.URL, BaseURL: away, Guarded: true}
	require.NoError(t, e.Apply(s))
	require.NoError(t, probe(t, e))
	unready, _ := e.backendOf("away")
	require.Eventually(t, func() bool { return e.HoldFor(unready) == 0 }, 20*time.Second, time.Millisecond, "the monitor has asked")

	e.mu.Lock()
	defer e.mu.Unlock()
	served := make(chan string)
	go func() {
		found, _ := e.Installed("acme.x")
		assert.Equal(t, s.Hold, e.Hold())
		assert.Zero(t, e.HoldFor(unready))
		assert.Equal(t, time.Minute, e.Settings().GatewayTimeout)
		e.Suspect("away")
		w := httptest.NewRecorder()
		request := httptest.NewRequest("GET", "/ext-ui/acme.x/"+found.Hash+"/index.html", nil)
		assert.NoError(t, e.Selector().Current().Serve(w, request, backend.Options{}))
		served <- w.Body.String()
	}()
	select {
	case body := <-served:
		assert.Equal(t, "the UI", body)
	case <-time.After(time.Minute):
		t.Fatal("a request waits for the engine's lock")
	}
}
