package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
)

func TestWarm_asks_the_runner_that_comes_after_one_that_died(t *testing.T) {
	e := newEngine(t)
	asked := make(chan string, 1)
	alive := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer alive.Close()
	dead := httptest.NewServer(nil)
	dead.Close()
	selectURL(t, e, dead.URL)
	patience, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, e.warm(patience, backend.Content{UI: true}), context.DeadlineExceeded, "it goes on asking")
	warmed := make(chan error, 1)
	go func() {
		warmed <- e.warm(t.Context(), backend.Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", UI: true})
	}()
	selectURL(t, e, alive.URL)
	require.NoError(t, <-warmed)
	assert.Equal(t, "/ext-ui/acme.x/sha256:00/index.html", <-asked)
}

func TestWarm_asks_again_after_a_death_and_not_when_all_die_of_it(t *testing.T) {
	for name, c := range map[string]struct {
		deaths, asked int64
		broken        bool
	}{
		"killed by somebody else just then": {1, 2, false},
		"and again":                         {warmDeaths - 1, warmDeaths, false},
		"the content kills":                 {100, warmDeaths, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			var asked atomic.Int64
			dying := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				if asked.Add(1) <= c.deaths {
					panic(http.ErrAbortHandler)
				}
			}))
			defer dying.Close()
			selectURL(t, e, dying.URL)
			err := e.warm(t.Context(), backend.Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", Handler: true})
			var broken *backend.RequestError
			assert.Equal(t, c.broken, errors.As(err, &broken), "%v", err)
			assert.Equal(t, c.asked, asked.Load())
		})
	}
}

func TestWarm_asks_once_who_says_nothing(t *testing.T) {
	e := newEngine(t)
	var asked atomic.Int64
	hung := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		<-r.Context().Done()
	}))
	defer hung.Close()
	selectURL(t, e, hung.URL, func(c *backend.Config) { c.FirstByteTimeout = 100 * time.Millisecond })
	err := e.warm(t.Context(), backend.Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", UI: true})
	var late *backend.RequestError
	require.ErrorAs(t, err, &late)
	assert.True(t, late.Timeout())
	assert.EqualValues(t, 1, asked.Load())
}

func TestWarm_asks_again_who_could_not_fetch_for_once(t *testing.T) {
	for name, c := range map[string]struct {
		failures int64
		status   int
		asked    int64
		says     string
	}{
		"a fetch that failed":         {1, http.StatusBadGateway, 2, ""},
		"several that failed":         {warmRetries, http.StatusInternalServerError, warmRetries + 1, ""},
		"one that goes on to":         {100, http.StatusServiceUnavailable, warmRetries + 1, "503"},
		"content that is no use":      {1, http.StatusBadRequest, 1, "400"},
		"a handler that is of no use": {1, http.StatusUnprocessableEntity, 1, "422"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			var asked atomic.Int64
			runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) <= c.failures {
					w.WriteHeader(c.status)
				}
			}))
			defer runner.Close()
			selectURL(t, e, runner.URL)
			err := e.warm(t.Context(), backend.Content{Tenant: "t", Extension: "acme.x", Hash: "sha256:00", UI: true})
			if assert.Equal(t, c.asked, asked.Load()); c.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.says)
			}
		})
	}
}

func TestHeat_has_who_takes_over_fetch_and_compile_what_answers_though_it_is_not_selected(t *testing.T) {
	e, s := newEngine(t), settings(t)
	s.Extensions = []Extension{{Dir: folder(t, []byte("a handler")), Tenant: "t"}}
	require.NoError(t, e.Apply(s))
	require.Eventually(t, func() bool { return e.loaded()[0].loop.State().Extension != nil }, 10*time.Second, time.Millisecond)
	ext := e.loaded()[0].loop.State().Extension
	asked := make(chan string, 2)
	next := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- r.Method + " " + r.URL.Path + " " + string(body)
	}))
	defer next.Close()
	base, err := url.Parse(next.URL)
	require.NoError(t, err)
	b := backend.New(backend.Config{Name: "next", Kind: backend.Docker, BaseURL: base})
	defer b.Close()
	require.NoError(t, e.heatWith(t.Context(), b))
	assert.Equal(t, "HEAD /ext-ui/acme.x/"+ext.Hash+"/index.html ", <-asked)
	assert.Equal(t, `POST /warmup {"content_hash":"`+ext.Hash+`","extension_id":"acme.x","tenant_id":"t"}`, <-asked)
}

// selectURL has the runner at address selected, and ready.
func selectURL(t *testing.T, e *Engine, address string, options ...func(*backend.Config)) {
	t.Helper()
	base, err := url.Parse(address)
	require.NoError(t, err)
	cfg := backend.Config{Name: address, Kind: backend.URL, BaseURL: base}
	for _, option := range options {
		option(&cfg)
	}
	b := backend.New(cfg)
	t.Cleanup(b.Close)
	e.selector.SetReady(b, true)
	e.selector.Select(b)
}
