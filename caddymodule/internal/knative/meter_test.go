package knative

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers is a service whose next answer comes after a wait.
type answers struct{ wait time.Duration }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(a.wait) // the bubble's clock, not the machine's
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func timing(t *testing.T, next http.RoundTripper) string {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://runner/", nil)
	require.NoError(t, err)
	res, err := next.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return strings.Join(res.Header.Values("Server-Timing"), ", ")
}

func TestMeter_tells_a_cold_start_from_a_slow_answer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(MeterConfig{})
		a := &answers{}
		next := m.Wrap(a)
		step := func(pause, wait time.Duration) string {
			time.Sleep(pause) // the bubble's clock, not the machine's
			a.wait = wait
			return timing(t, next)
		}
		assert.Equal(t, `cold;dur=3000.0;desc="Knative cold start"`, step(0, 3*time.Second), "the first answer of all")
		for range 3 {
			assert.Empty(t, step(time.Second, 100*time.Millisecond))
		}
		assert.Empty(t, step(time.Second, 3*time.Second), "no pause came before it")
		assert.Empty(t, step(time.Hour, 400*time.Millisecond), "it was not slow")
		assert.Equal(t, `cold;dur=1900.0;desc="Knative cold start"`, step(30*time.Second, 2*time.Second), "less what the handler takes anyway")
		assert.Equal(t, 2, m.Stats().ColdStarts)
		assert.Equal(t, 1900*time.Millisecond, m.Stats().LastCold)
	})
}

func TestMeter_a_handler_that_always_takes_long_is_not_cold(t *testing.T) {
	m := NewMeter(MeterConfig{})
	now := time.Now()
	m.Observe(now, now.Add(3*time.Second))
	for n := range 5 {
		sent := now.Add(time.Duration(10+n) * time.Second)
		m.Observe(sent, sent.Add(3*time.Second))
	}
	sent := now.Add(time.Hour)
	assert.Zero(t, m.Observe(sent, sent.Add(3*time.Second)))
	assert.Equal(t, 1, m.Stats().ColdStarts)
}

func TestMeter_counts_requests_of_one_start_once(t *testing.T) {
	m := NewMeter(MeterConfig{})
	start := time.Now()
	up := start.Add(4 * time.Second)
	assert.Equal(t, 4*time.Second, m.Observe(start, up))
	assert.Equal(t, 3*time.Second, m.Observe(start.Add(time.Second), up.Add(0)), "it waited for the same start")
	assert.Zero(t, m.Observe(up.Add(time.Second), up.Add(3*time.Second)), "this one did not")
	assert.Equal(t, 1, m.Stats().ColdStarts)
}
