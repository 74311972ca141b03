package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errDown = errors.New("down")

func TestMonitor_1_an_optional_runner_that_is_down_does_not_keep_the_server_from_starting(t *testing.T) {
	var logged records
	base, probe := probeOf(t, "http://"+refusing(t))
	m := New(quick(), "docker", base, probe, logged.logger())
	require.NoError(t, m.Require(t.Context()))
	assert.Equal(t, Unknown, m.Snapshot().Status, "boot has not waited for a probe")

	start(t, m)
	s := until(t, m, isDown)
	assert.Equal(t, CodeRefused, s.LastError.Code)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	var body map[string]any
	require.NoError(t, json.Unmarshal(text, &body))
	assert.Equal(t, "down", body["status"])
	assert.Equal(t, true, body["optional"])
	assert.Contains(t, body, "lastFailureAt")
	assert.NotContains(t, body, "lastSuccessAt", "it never succeeded")
}

func TestMonitor_2_it_is_not_up_while_unknown_or_down(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error)
		var logged records
		m := New(Default(), "docker", "http://runner", func(context.Context) error { return <-answer }, logged.logger())
		start(t, m)
		for _, status := range []Status{Unknown, Down} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			err := m.WaitUp(ctx)
			cancel()
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "backend docker is "+string(status))
			answer <- errDown
		}
		close(answer)
	})
}

func TestMonitor_3_recovery_is_seen_without_a_restart(t *testing.T) {
	address := freePort(t)
	var logged records
	base, probe := probeOf(t, "http://"+address)
	m := New(quick(), "docker", base, probe, logged.logger())
	start(t, m)
	until(t, m, func(s Snapshot) bool { return s.ConsecutiveFailures >= 2 })

	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(ok)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-served })

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, m.WaitUp(ctx))
	s := m.Snapshot()
	assert.Zero(t, s.ConsecutiveFailures)
	assert.Nil(t, s.LastError)
	assert.Zero(t, s.NextRetryAt)
	assert.NotZero(t, s.LastFailureAt, "what was is kept")
	<-m.Changed() // a probe later, what the one before led to is logged
	assert.Len(t, logged.of(t, "INFO"), 1, "coming up is one fact")
}

func TestMonitor_4_delays_double_up_to_the_maximum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.RetryJitter = 0
		var logged records
		var at []time.Time
		m := New(cfg, "docker", "http://runner", func(context.Context) error {
			at = append(at, time.Now())
			return errDown
		}, logged.logger())
		start(t, m)
		time.Sleep(5 * time.Minute) // the bubble's clock, not the machine's
		synctest.Wait()
		var delays []int64
		for i := range 9 {
			delays = append(delays, at[i+1].Sub(at[i]).Milliseconds())
		}
		assert.Equal(t, []int64{500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000}, delays)
	})
}

func TestMonitor_5_a_runner_that_is_not_optional_ends_the_boot_when_down(t *testing.T) {
	cfg := quick()
	cfg.Optional = false
	var logged records
	base, probe := probeOf(t, "http://"+refusing(t))
	m := New(cfg, "docker", base, probe, logged.logger())
	err := m.Require(t.Context())
	var required *RequiredError
	require.ErrorAs(t, err, &required)
	assert.Equal(t, CodeRefused, required.Fault.Code)
	assert.Contains(t, required.Fix(), EnvOptional)
	assert.Equal(t, Down, m.Snapshot().Status)
	assert.Len(t, logged.of(t, "ERROR"), 1)
}

func TestMonitor_5_a_runner_that_is_not_optional_and_up_is_asked_again_after_the_interval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.Optional = false
		var logged records
		var at []time.Time
		m := New(cfg, "docker", "http://runner", func(context.Context) error {
			at = append(at, time.Now())
			return nil
		}, logged.logger())
		require.NoError(t, m.Require(t.Context()))
		assert.Equal(t, Up, m.Snapshot().Status)
		start(t, m)
		time.Sleep(31 * time.Second) // the bubble's clock, not the machine's
		synctest.Wait()
		require.Len(t, at, 2)
		assert.Equal(t, 30*time.Second, at[1].Sub(at[0]))
	})
}

func TestMonitor_6_after_the_last_retry_there_is_one_record_and_no_probe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.MaxRetries = 3
		var logged records
		probes := 0
		m := New(cfg, "docker", "http://runner", func(context.Context) error { probes++; return errDown }, logged.logger())
		start(t, m)
		time.Sleep(time.Hour) // the bubble's clock, not the machine's
		synctest.Wait()
		assert.Equal(t, 3, probes)
		assert.Equal(t, Down, m.Snapshot().Status)
		assert.Zero(t, m.Snapshot().NextRetryAt)
		assert.Len(t, logged.of(t, "ERROR"), 1)

		m.Retry()
		time.Sleep(time.Hour) // the bubble's clock, not the machine's
		synctest.Wait()
		assert.Equal(t, 6, probes, "a retry begins a new round")
		assert.Equal(t, 6, m.Snapshot().ConsecutiveFailures, "which does not hide the failures before")
		assert.Len(t, logged.of(t, "ERROR"), 2)
	})
}

func TestMonitor_7_a_failure_is_logged_with_all_that_is_known(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.RetryJitter = 0
		var logged records
		m := New(cfg, "docker", "http://u:hush@runner:8080", func(context.Context) error { return errDown }, logged.logger())
		start(t, m)
		synctest.Wait()
		require.Len(t, logged.of(t, "WARN"), 1)
		record := logged.of(t, "WARN")[0]
		next, err := time.Parse(time.RFC3339, record["nextRetryAt"].(string))
		require.NoError(t, err)
		assert.Equal(t, 500*time.Millisecond, next.Sub(m.Snapshot().LastFailureAt))
		delete(record, "time")
		assert.Equal(t, map[string]any{
			"level": "WARN", "msg": "the runner does not answer",
			"dependency": "docker-runner", "backend": "docker", "baseUrl": "http://u:xxxxx@runner:8080",
			"errorCode": CodeNetwork, "message": "asking http://u:xxxxx@runner:8080: down",
			"retryInMs": 500.0, "nextRetryAt": next.Format(iso), "consecutiveFailures": 1.0,
		}, record)
	})
}

func TestMonitor_8_it_ends_at_once_and_there_is_one_loop(t *testing.T) {
	for name, probe := range map[string]func(context.Context) error{
		"in a delay": func(context.Context) error { return errDown },
		"in a probe": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged records
				m := New(Default(), "docker", "http://runner", probe, logged.logger())
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); m.Run(ctx) }()
				synctest.Wait()
				m.Run(ctx) // returns, since the first one runs
				before, began := m.Snapshot(), time.Now()
				cancel()
				<-done
				assert.Zero(t, time.Since(began))
				assert.Equal(t, before, m.Snapshot(), "a probe that was cut short says nothing")
			})
		})
	}
}
