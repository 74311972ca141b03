package monitor

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMonitor_a_slow_runner_is_not_down(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged records
		m := New(Default(), "docker", "http://runner", func(context.Context) error {
			time.Sleep(1900 * time.Millisecond) // the bubble's clock, not the machine's
			return nil
		}, logged.logger())
		start(t, m)
		require.NoError(t, m.WaitUp(t.Context()))
		assert.EqualValues(t, 1900, *m.Snapshot().LastDurationMS)
	})
}

func TestMonitor_a_probe_has_two_seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged records
		m := New(Default(), "docker", "http://runner", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, logged.logger())
		start(t, m)
		s := until(t, m, isDown)
		assert.Equal(t, CodeTimeout, s.LastError.Code)
		assert.EqualValues(t, 2000, *s.LastDurationMS)
	})
}

func TestMonitor_a_retry_asks_at_once_and_begins_the_backoff_anew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Default()
		cfg.RetryJitter = 0
		var logged records
		m := New(cfg, "docker", "http://runner", func(context.Context) error { return errDown }, logged.logger())
		start(t, m)
		time.Sleep(4 * time.Second) // the bubble's clock: failures at 0, 0.5, 1.5 and 3.5 s
		synctest.Wait()
		assert.Equal(t, 4, m.Snapshot().ConsecutiveFailures)
		now := time.Now()
		m.Retry()
		synctest.Wait()
		s := m.Snapshot()
		assert.Equal(t, 5, s.ConsecutiveFailures)
		assert.Equal(t, now.UnixMilli(), s.LastCheckedAt.UnixMilli())
		assert.Equal(t, 500*time.Millisecond, s.NextRetryAt.Sub(s.LastFailureAt))
	})
}

func TestMonitor_a_suspicion_asks_only_what_is_thought_to_be_up(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged records
		var fault error
		probes := 0
		m := New(Default(), "docker", "http://runner", func(context.Context) error { probes++; return fault }, logged.logger())
		start(t, m)
		synctest.Wait()
		fault = errDown
		for range 100 {
			m.Suspect()
		}
		synctest.Wait()
		assert.Equal(t, Down, m.Snapshot().Status)
		seen := probes
		m.Suspect()
		synctest.Wait()
		assert.Equal(t, seen, probes)
		assert.LessOrEqual(t, probes, 4, "the first, one of a suspicion, one that was due meanwhile, and of one that began before it was down")
	})
}

func TestMonitor_a_new_generation_is_asked_and_the_old_one_counts_no_longer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged records
		old := make(chan error)
		m := New(Default(), "docker", "http://one", func(context.Context) error { return <-old }, logged.logger())
		start(t, m)
		synctest.Wait()
		m.Retarget("http://two", func(context.Context) error { return nil })
		old <- errDown
		synctest.Wait()
		s := m.Snapshot()
		assert.Equal(t, Up, s.Status)
		assert.Equal(t, "http://two", s.BaseURL)
		assert.Zero(t, s.LastFailureAt, "the old one's failure says nothing of the new one")
		assert.Len(t, m.History(), 1)
	})
}

func TestMonitor_remembers_the_last_sixty_probes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged records
		n := 0
		m := New(Default(), "docker", "http://runner", func(context.Context) error {
			n++
			time.Sleep(time.Duration(n) * time.Millisecond) // the bubble's clock, not the machine's
			return nil
		}, logged.logger())
		start(t, m)
		for n < 65 {
			<-m.Changed()
			synctest.Wait()
		}
		h := m.History()
		assert.Equal(t, 6.0, h[0].DurationMS, "the oldest comes first")
		assert.True(t, h[0].OK)
		assert.True(t, h[0].At.Before(h[1].At))
	})
}

func TestMonitor_sees_a_wrong_secret(t *testing.T) {
	tokens := make(chan string, 1)
	s := runner(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case tokens <- r.Header.Get("X-Runner-Service-Token"):
		default:
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	var logged records
	base, probe := probeOf(t, s.URL)
	m := New(quick(), "docker", base, probe, logged.logger())
	start(t, m)
	snap := until(t, m, isDown)
	assert.Equal(t, "secret-1", <-tokens)
	assert.Equal(t, CodeUnauthorized, snap.LastError.Code)
	assert.Equal(t, http.StatusUnauthorized, snap.LastError.StatusCode)
	assert.NotContains(t, snap.LastError.Message, "secret-1")
}

func TestMonitor_goes_down_when_the_runner_goes(t *testing.T) {
	s := runner(t, ok)
	var logged records
	base, probe := probeOf(t, s.URL)
	m := New(quick(), "docker", base, probe, logged.logger())
	start(t, m)
	until(t, m, isUp)
	s.Close()
	snap := until(t, m, isDown)
	assert.NotZero(t, snap.LastSuccessAt)
	assert.NotEmpty(t, snap.LastError.Message)
}

func TestMonitor_what_only_a_person_can_mend_is_said_once(t *testing.T) {
	noHost := &net.DNSError{Err: "no such host", Name: "runner", IsNotFound: true}
	told := &FaultError{Fault{Code: "kubeconfig_unreadable", Message: "there is no kubeconfig"}}
	for name, c := range map[string]struct {
		errs       []error // of one probe after the other; the last goes on
		full, more int
	}{
		"a name without an address":  {[]error{noHost}, 1, 3},
		"what somebody else found":   {[]error{told}, 1, 3},
		"one and then another":       {[]error{noHost, noHost, told}, 2, 2},
		"gone in between":            {[]error{noHost, nil, noHost, noHost, noHost}, 2, 2},
		"nobody listens for a while": {[]error{syscall.ECONNREFUSED}, 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := Default()
				cfg.RetryJitter = 0
				cfg.ProbeInterval = 500 * time.Millisecond
				var logged records
				log := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
				var probes, failures atomic.Int64
				m := New(cfg, "knative", "http://runner", func(context.Context) error {
					err := c.errs[min(int(probes.Add(1)), len(c.errs))-1]
					if err != nil {
						failures.Add(1)
					}
					return err
				}, log)
				start(t, m)
				for failures.Load() < 4 {
					time.Sleep(100 * time.Millisecond) // the bubble's clock
					synctest.Wait()
				}
				assert.Len(t, logged.of(t, "WARN"), c.full)
				more := logged.of(t, "DEBUG")
				require.Len(t, more, c.more)
				for _, record := range more {
					assert.NotEmpty(t, record["nextRetryAt"], "as much as the first")
				}
				m.Retry()
				synctest.Wait()
				assert.Len(t, logged.of(t, "WARN"), c.full+1, "whoever asks for it wants to know")
			})
		})
	}
}
