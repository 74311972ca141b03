package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/knative"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// clusterWith answers, over TLS and in the recorded shape of an API server,
// with one service whose address is at. It gives a kubeconfig.
func clusterWith(t *testing.T, recorded, at string) (kubeconfig string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "knative", "testdata", recorded))
	require.NoError(t, err)
	text := strings.ReplaceAll(string(body), "https://runner.ext.example.com", at)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-1" || r.URL.Path != "/apis/serving.knative.dev/v1/namespaces/ext/services/runner" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text) // whoever asked may have left
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	kubeconfig = filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(kubeconfig, fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: dev
clusters: [{name: c, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: u, user: {token: token-1}}]
contexts: [{name: dev, context: {cluster: c, user: u, namespace: ext}}]
`, server.URL, base64.StdEncoding.EncodeToString(ca)), 0o600))
	return kubeconfig
}

func knativeSettings(t *testing.T, kubeconfig string) Settings {
	t.Helper()
	s := settings(t)
	s.Backends["knative"] = backend.Config{
		Name: "knative", Kind: backend.Knative, Service: backend.Service{Ref: knative.Ref{Namespace: "ext", Name: "runner"}, Kubeconfig: kubeconfig},
	}
	return s
}

func runnerAt(t *testing.T, probes *atomic.Int64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			probes.Add(1)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCluster_is_asked_only_once_its_backend_is_used(t *testing.T) {
	var probes atomic.Int64
	e, s := newEngine(t), knativeSettings(t, clusterWith(t, "ready.json", runnerAt(t, &probes)))
	require.NoError(t, e.Apply(s))
	assert.Equal(t, "stopped", statusOf(e, "knative").Status)
	assert.Empty(t, statusOf(e, "knative").BaseURL)
	require.NoError(t, e.Use(t.Context(), "knative", UseOptions{}), "what only has to be looked up is waited for")
	now := statusOf(e, "knative")
	assert.True(t, now.Selected)
	assert.Equal(t, "ext/runner", now.Service)
	assert.Equal(t, "runner-00003", now.Revision)
	assert.EqualValues(t, 1, probes.Load(), "it is asked once itself; after that the cluster is, which wakes nothing")
	require.Eventually(t, func() bool { return statusOf(e, "knative").Status == "up" }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, 1, probes.Load())
}

func TestCluster_that_calls_a_service_not_ready_does_not_keep_it_from_answering(t *testing.T) {
	var probes atomic.Int64
	e, s := newEngine(t), knativeSettings(t, "")
	address, err := url.Parse(runnerAt(t, &probes))
	require.NoError(t, err)
	cfg := s.Backends["knative"]
	e.clusters["knative"] = &discovery{made: cfg.Service, stop: func() {}}
	s.Default = "knative"
	require.NoError(t, e.Apply(s))
	service := knative.Service{Ref: cfg.Service.Ref, URL: address, Ready: knative.Condition{Status: "False", Reason: "RevisionFailed"}, Revision: "runner-00002"}
	e.discovered("knative", cfg.Service, service, nil)
	require.Eventually(t, func() bool { return statusOf(e, "knative").Status == "up" }, 10*time.Second, time.Millisecond)
	now := statusOf(e, "knative")
	require.NotNil(t, now.Error)
	assert.Equal(t, knative.CodeServiceNotReady, now.Error.Code)
	assert.Contains(t, now.Error.Message, "RevisionFailed")
	assert.NoError(t, probe(t, e))

	before := e.Selector().Current()
	e.discovered("knative", cfg.Service, knative.Service{}, &knative.Error{Code: knative.CodeClusterUnreachable, Message: "away"})
	assert.Same(t, before, e.Selector().Current(), "a cluster that is away moves nothing")
	assert.Equal(t, "up", statusOf(e, "knative").Status)
}

func TestCluster_that_does_not_have_the_service_says_so(t *testing.T) {
	e, s := newEngine(t), knativeSettings(t, clusterWith(t, "ready.json", "http://unused"))
	cfg := s.Backends["knative"]
	cfg.Service.Ref.Name = "runer"
	s.Backends["knative"] = cfg
	require.NoError(t, e.Apply(s))
	err := e.Use(t.Context(), "knative", UseOptions{})
	var refused *NotReadyError
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, refused.Fault.Message, "ext")
	assert.NotEqual(t, codeStarting, refused.Fault.Code)
	assert.Equal(t, "embedded", e.Selector().Current().Name())
	assert.Equal(t, "stopped", statusOf(e, "knative").Status, "what was refused is wanted no more than before")
	require.NoError(t, e.Use(t.Context(), "knative", UseOptions{Force: true}))
	assert.NotEqual(t, "stopped", statusOf(e, "knative").Status, "what was forced is")
	require.Error(t, e.Use(t.Context(), "knative", UseOptions{}))
	assert.NotEqual(t, "stopped", statusOf(e, "knative").Status, "the wish before stands again")
}

func TestCluster_whose_kubeconfig_is_mended_is_found_without_a_restart(t *testing.T) {
	var probes atomic.Int64
	mended, file := clusterWith(t, "ready.json", runnerAt(t, &probes)), filepath.Join(t.TempDir(), "config")
	e, s := newEngine(t), knativeSettings(t, file)
	require.NoError(t, e.Apply(s))
	var refused *NotReadyError
	require.ErrorAs(t, e.Use(t.Context(), "knative", UseOptions{}), &refused)
	assert.Contains(t, refused.Fault.Code, "kubeconfig")
	require.NoError(t, os.Rename(mended, file))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, e.Use(ctx, "knative", UseOptions{Wait: true}))
}

func TestApply_reads_a_CA_file_again_that_could_not_be_read(t *testing.T) {
	e, s := newEngine(t), settings(t)
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	s.Backends["knative"] = backend.Config{Name: "knative", Kind: backend.Knative, BaseURL: base, CAFile: file}
	s.Default = "knative"
	require.NoError(t, e.Apply(s))
	require.ErrorContains(t, e.Selector().Current().Connect(t.Context()), "reading the CA file")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, ca, 0o600))
	require.NoError(t, e.Apply(s))
	assert.NoError(t, e.Selector().Current().Connect(t.Context()))
}

func TestGuard_stays_as_it_was_until_a_new_monitor_has_asked(t *testing.T) {
	e, s := newEngine(t), settings(t)
	var probes atomic.Int64
	base, err := url.Parse(runnerAt(t, &probes))
	require.NoError(t, err)
	s.Backends["docker"] = backend.Config{Name: "docker", Kind: backend.URL, BaseURL: base, Guarded: true}
	require.NoError(t, e.Apply(s))
	b, _ := e.backendOf("docker")
	require.Eventually(t, b.Ready, 10*time.Second, time.Millisecond)
	fresh := monitor.New(monitor.Default(), "docker", base.String(), b.Probe, e.log)
	e.mu.Lock()
	e.setMonitor("docker", &watched{Monitor: fresh, stop: e.monitorOf("docker").stop})
	e.mu.Unlock()
	e.guard("docker", fresh)
	assert.True(t, b.Ready(), "what nobody has asked yet is not down")
}

func TestCluster_that_has_news_after_a_reload_leaves_the_options_that_it_brought(t *testing.T) {
	e, s := newEngine(t), knativeSettings(t, "")
	cfg := s.Backends["knative"]
	e.clusters["knative"] = &discovery{made: cfg.Service, stop: func() {}}
	s.Default = "knative"
	require.NoError(t, e.Apply(s))
	at := func(address string) knative.Service {
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		return knative.Service{Ref: cfg.Service.Ref, URL: parsed, Ready: knative.Condition{Status: "True"}}
	}
	e.discovered("knative", cfg.Service, at("http://127.0.0.1:1"), nil)
	changed := cfg
	changed.ServiceToken, changed.FirstByteTimeout = "t-2", time.Minute
	s.Backends = map[string]backend.Config{"embedded": s.Backends["embedded"], "knative": changed}
	require.NoError(t, e.Apply(s))
	e.discovered("knative", cfg.Service, at("http://127.0.0.1:2"), nil)
	now := e.Selector().Current().Config()
	assert.Equal(t, "http://127.0.0.1:2", now.BaseURL.String())
	assert.Equal(t, "t-2", now.ServiceToken)
	assert.Equal(t, time.Minute, now.FirstByteTimeout)
}

func TestUse_of_a_client_that_left_swaps_nothing(t *testing.T) {
	e := engineWithGone(t)
	release, err := e.Furnish(t.Context(), nil)
	require.NoError(t, err)
	left, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer leave()
	assert.ErrorIs(t, e.Use(left, "gone", UseOptions{Force: true}), context.DeadlineExceeded, "who waits for its turn may leave")
	release()
	long, end := context.WithCancel(t.Context())
	ended := usingGone(long, t, e)
	end()
	assert.Error(t, <-ended)
	assert.ErrorIs(t, e.Use(long, "gone", UseOptions{Force: true}), context.Canceled)
	assert.Equal(t, "embedded", e.Selector().Current().Name())
}

func TestUse_of_another_backend_takes_the_place_of_one_that_is_under_way(t *testing.T) {
	e := engineWithGone(t)
	ended := usingGone(t.Context(), t, e)
	require.ErrorIs(t, e.Use(t.Context(), "nobody", UseOptions{}), ErrUnknownBackend)
	left, leave := context.WithCancel(t.Context())
	leave()
	require.ErrorIs(t, e.Use(left, "embedded", UseOptions{}), context.Canceled)
	assert.Empty(t, ended, "neither takes its place")
	require.NoError(t, e.Use(t.Context(), "embedded", UseOptions{}))
	var superseded *SupersededError
	require.ErrorAs(t, <-ended, &superseded)
	assert.EqualError(t, superseded, "backend gone takes nothing over: embedded was asked for meanwhile")
	assert.Equal(t, "embedded", e.Selector().Current().Name())
}

func TestUse_of_several_that_wait_makes_the_last(t *testing.T) {
	e := engineWithGone(t)
	release, err := e.Furnish(t.Context(), nil)
	require.NoError(t, err)
	waiting := make(chan error, 1)
	go func() { waiting <- e.Use(t.Context(), "embedded", UseOptions{}) }()
	require.Eventually(t, func() bool { return e.wishes.of("embedded") }, 10*time.Second, time.Millisecond)
	last := make(chan error, 1)
	go func() { last <- e.Use(t.Context(), "gone", UseOptions{Force: true}) }()
	assert.EqualError(t, <-waiting, "backend embedded takes nothing over: gone was asked for meanwhile")
	release()
	require.NoError(t, <-last)
	assert.Equal(t, "gone", e.Selector().Current().Name())
}

func TestUse_of_the_same_backend_once_more_says_so_and_warns_of_nothing(t *testing.T) {
	e := engineWithGone(t)
	var log bytes.Buffer
	e.SetLogger(slog.New(slog.NewTextHandler(&log, nil)))
	ended := usingGone(t.Context(), t, e)
	require.NoError(t, e.Use(t.Context(), "gone", UseOptions{Force: true}))
	assert.EqualError(t, <-ended, "backend gone was asked for once more meanwhile, and that counts")
	require.NoError(t, e.Close()) // nobody writes to the log any more
	assert.Equal(t, 1, strings.Count(log.String(), "a backend does not answer"), "of the one that counts: %s", &log)
}

// of says whose wish is the latest.
func (w *wishes) of(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest != nil && w.latest.backend == name
}

// engineWithGone has a backend where nobody listens.
func engineWithGone(t *testing.T) *Engine {
	t.Helper()
	e, s := newEngine(t), settings(t)
	base, err := url.Parse("http://127.0.0.1:1")
	require.NoError(t, err)
	s.Backends["gone"] = backend.Config{Name: "gone", Kind: backend.URL, BaseURL: base}
	require.NoError(t, e.Apply(s))
	return e
}

// usingGone returns once that swap is under way, which nothing but its end ends.
func usingGone(ctx context.Context, t *testing.T, e *Engine) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- e.Use(ctx, "gone", UseOptions{Wait: true}) }()
	require.Eventually(t, func() bool { return len(e.using) == 1 }, 10*time.Second, time.Millisecond)
	return ended
}

func TestUse_ends_with_the_engine(t *testing.T) {
	e, s := New(), settings(t)
	base, err := url.Parse("http://127.0.0.1:1")
	require.NoError(t, err)
	s.Backends["gone"] = backend.Config{Name: "gone", Kind: backend.URL, BaseURL: base}
	require.NoError(t, e.Apply(s))
	ended := make(chan error)
	go func() { ended <- e.Use(t.Context(), "gone", UseOptions{Wait: true}) }()
	require.NoError(t, e.Close())
	assert.Error(t, <-ended)
}

func TestMonitor_takes_a_probe_that_is_slow_for_a_backend_that_is_up(t *testing.T) {
	e, s := newEngine(t), settings(t)
	stall := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			select {
			case <-stall:
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stall) })
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	s.Backends["busy"] = backend.Config{Name: "busy", Kind: backend.URL, BaseURL: base, Guarded: true}
	s.Monitors = map[string]monitor.Config{"busy": {Optional: true, ProbeTimeout: 100 * time.Millisecond}}
	stop := make(chan struct{})
	defer close(stop)
	require.NoError(t, e.Apply(s))
	b, _ := e.backendOf("busy")
	go func() { // others get their answers all the while
		for {
			select {
			case <-stop:
				return
			default:
				_ = b.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil), backend.Options{})
			}
		}
	}()
	require.Eventually(t, func() bool { return statusOf(e, "busy").Status == "up" }, 10*time.Second, time.Millisecond)
}
