// monitor_test.go contains the monitor's rows of the runner contract as whole
// devproxies: Caddy, engine, monitor and a real listener.

package caddymodule

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// quickRetries keeps the tests short.
const quickRetries = "monitor {\nretry_base_delay 5ms\nretry_max_delay 20ms\nretry_jitter 0\nprobe_interval 20ms\n}"

// guarded serves a docker backend at an address.
func guarded(t *testing.T, address string) *caddyServer {
	t.Helper()
	return serve(t, lines("backend docker "+address, "default docker", "hold 20ms", quickRetries), "runner")
}

const asset = "/runner/ext-ui/acme.x/sha256:ab/index.html"

func TestMonitor1_a_runner_that_is_down_and_optional_keeps_nothing_from_starting(t *testing.T) {
	s := guarded(t, refusing(t))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		a := s.get("/health")
		assert.Equal(c, 200, a.status)
		var body struct {
			Status       string
			Dependencies struct{ DockerRunner monitor.Snapshot }
		}
		assert.NoError(c, json.Unmarshal([]byte(a.body), &body))
		assert.Equal(c, "ok", body.Status)
		runner := body.Dependencies.DockerRunner
		assert.Equal(c, monitor.Down, runner.Status)
		assert.NotZero(c, runner.ConsecutiveFailures)
		assert.NotZero(c, runner.NextRetryAt)
		if assert.NotNil(c, runner.LastError) {
			assert.Equal(c, monitor.CodeRefused, runner.LastError.Code)
		}
	}, waitLong, waitStep)
}

func TestMonitor2_the_guard_answers_exactly_the_platforms_body_until_the_runner_is_up(t *testing.T) {
	s := guarded(t, refusing(t))
	for range 2 { // unknown at first, down then
		a := s.get(asset)
		assert.Equal(t, 503, a.status)
		assert.JSONEq(t, `{"error":{"code":"docker_runner_not_ready","message":"docker-runner not ready"}}`, a.body)
		assert.Equal(t, "1", a.header.Get("Retry-After"))
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}
}

func TestGuard_gives_navigations_a_page_that_loads_itself_again(t *testing.T) {
	s := guarded(t, refusing(t))
	for header, value := range map[string]string{"Sec-Fetch-Mode": "navigate", "Accept": "text/html,*/*"} {
		req := s.request(http.MethodGet, asset, nil)
		req.Header.Set(header, value)
		a := s.do(req)
		assert.Equal(t, 503, a.status)
		assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
		assert.Equal(t, "1", a.header.Get("Retry-After"))
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
		assert.Contains(t, a.body, `http-equiv="refresh"`)
		assert.Contains(t, a.body, "docker_runner_not_ready")
	}
}

func TestMonitor3_a_runner_that_comes_back_is_used_without_a_restart(t *testing.T) {
	address := freePort(t)
	s := guarded(t, "http://"+address)
	assert.Equal(t, 503, s.get(asset).status)
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here again")) })}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	t.Cleanup(func() { assert.NoError(t, server.Close()); <-served })
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		a := s.get(asset)
		assert.Equal(c, 200, a.status)
		assert.Equal(c, "here again", a.body)
	}, waitLong, waitStep)
	now, _ := live.Load().Monitored()
	assert.Equal(t, monitor.Up, now.Status)
	assert.Zero(t, now.ConsecutiveFailures)
	assert.Nil(t, now.LastError)
}

func TestMonitor4_each_backend_is_watched_as_its_own_block_says(t *testing.T) {
	t.Setenv(monitor.EnvMaxRetries, "7")
	serve(t, lines(
		"monitor {\nretry_base_delay 3s\nprobe_interval 4s\n}",
		"backend a http://127.0.0.1:1 {\nmonitor {\nretry_base_delay 1s\noptional yes\nmax_retries 2\n}\n}",
		"backend b http://127.0.0.1:1"), "runner")
	said := live.Load().Settings().Monitors
	assert.Equal(t, time.Second, said["a"].RetryBaseDelay)
	assert.Equal(t, 3*time.Second, said["b"].RetryBaseDelay)
	assert.Equal(t, 3*time.Second, said["embedded"].RetryBaseDelay)
	assert.Equal(t, 4*time.Second, said["a"].ProbeInterval)
	assert.Equal(t, 30*time.Second, said["a"].RetryMaxDelay)
	assert.Equal(t, 7, said["a"].MaxRetries, "the environment goes over the file")
}

func TestMonitor5_a_runner_that_is_not_optional_keeps_caddy_from_starting(t *testing.T) {
	for name, by := range map[string]struct{ variable, option string }{
		"by the environment": {"false", ""}, "by the Caddyfile": {"", "optional off"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "", "runner")
			t.Setenv(monitor.EnvOptional, by.variable)
			global := lines("backend docker "+refusing(t)+" {\nmonitor {\nretry_jitter 0\n"+by.option+"\n}\n}", "default docker")
			err := s.tryLoad(global, "runner")
			require.ErrorContains(t, err, "backend docker is not optional and does not answer")
			what, fix := Unmet()
			assert.Contains(t, err.Error(), what)
			assert.Contains(t, fix, monitor.EnvOptional)
			assert.Equal(t, "embedded", live.Load().Selector().Current().Name(), "what ran before goes on")
		})
	}
}

func TestMonitor5_a_runner_that_is_not_optional_and_up_is_asked_once_at_start(t *testing.T) {
	asked := make(chan struct{}, 8)
	runner := probed(t, func(_ http.ResponseWriter, _ *http.Request) { asked <- struct{}{} })
	s := serve(t, lines("backend docker "+runner+" {\nmonitor {\noptional off\n}\n}", "default docker"), "runner")
	assert.Equal(t, 200, s.get("/health?strict").status)
	assert.Len(t, asked, 1, "the loop's first probe comes after the interval")
}

func TestMonitor6_after_the_last_retry_there_is_no_next_one_until_somebody_asks(t *testing.T) {
	asked := make(chan struct{}, 64)
	runner := probed(t, func(w http.ResponseWriter, _ *http.Request) { asked <- struct{}{}; w.WriteHeader(500) })
	guarded(t, runner)
	e := live.Load()
	settings := e.Settings()
	limited := settings.Monitors["docker"]
	limited.MaxRetries = 3
	settings.Monitors["docker"] = limited
	require.NoError(t, e.Apply(settings))
	require.Eventually(t, func() bool {
		now, _ := e.Monitored()
		return now.Status == monitor.Down && now.NextRetryAt.IsZero() && now.ConsecutiveFailures == 3
	}, waitLong, waitStep)
	before := len(asked)
	e.Retry("docker")
	require.Eventually(t, func() bool { return len(asked) > before }, waitLong, waitStep)
}

func TestMonitor7_a_failure_is_one_record_with_every_field(t *testing.T) {
	address, log := refusing(t), filepath.Join(t.TempDir(), "log")
	s := serve(t, "", "runner")
	config, err := adaptText("{\n\tadmin off\n\tpersist_config off\n\tlog {\n\t\tlevel DEBUG\n\t\toutput file " + log + "\n\t\tformat json\n\t}\n\trunner {\n\t\tstate_dir " + s.state + "\n\t\tdefault docker\n\t\tbackend docker " + address + "\n\t}\n}")
	require.NoError(t, err)
	require.NoError(t, caddy.Load([]byte(config), true))
	var record map[string]any
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		for line := range bytes.Lines(text) {
			if bytes.Contains(line, []byte("the runner does not answer")) {
				require.NoError(t, json.Unmarshal(line, &record))
				return true
			}
		}
		return false
	}, waitLong, waitStep)
	for field, want := range map[string]any{
		"level": "warn", "dependency": "docker-runner", "backend": "docker", "baseUrl": address, "errorCode": "connection_refused", "consecutiveFailures": 1.0,
	} {
		assert.Equal(t, want, record[field], field)
	}
	assert.NotEmpty(t, record["message"])
	assert.NotZero(t, record["retryInMs"])
	_, err = time.Parse(time.RFC3339, record["nextRetryAt"].(string))
	assert.NoError(t, err)
}

func TestMonitor8_the_end_does_not_wait_for_a_delay_or_a_probe(t *testing.T) {
	probing := make(chan struct{}, 1)
	runner := probed(t, func(_ http.ResponseWriter, r *http.Request) { probing <- struct{}{}; <-r.Context().Done() })
	serve(t, lines("backend docker "+runner+" {\nmonitor {\nprobe_timeout 1h\n}\n}", "default docker",
		"backend gone "+refusing(t)+" {\nmonitor {\nretry_base_delay 1h\n}\n}"), "runner")
	<-probing
	began := time.Now()
	require.NoError(t, caddy.Stop())
	assert.Less(t, time.Since(began), time.Minute, "each alone is an hour")
}

// probed is a runner whose probes handler sees.
func probed(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := http.Server{Handler: handler}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-served })
	return "http://" + listener.Addr().String()
}
