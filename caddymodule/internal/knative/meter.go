package knative

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// MeterConfig says what a cold start looks like from outside, where the
// activator that holds a request leaves no mark on its answer.
type MeterConfig struct {
	// Idle is for how long nothing may have been answered before a service can
	// have gone to zero. Zero means 30 s, Knative's shortest grace period.
	Idle time.Duration
	// Slow is by how much an answer must be later than usual to be one that
	// waited for a start. Zero means 500 ms.
	Slow time.Duration
}

// Meter recognises the first slow answers after a pause as a cold start, and
// says how long it took. It measures; it never delays. Safe for concurrent use.
type Meter struct {
	cfg MeterConfig

	mu       sync.Mutex
	answered time.Time       // when the last header came; zero before the first
	coldSent time.Time       // when the request was sent that met the last start
	warm     []time.Duration // waits of the last warm answers
	stats    MeterStats
}

// MeterStats is what a Meter has seen.
type MeterStats struct {
	ColdStarts int           `json:"cold_starts"`
	LastCold   time.Duration `json:"last_cold_ns,omitempty"` // of the newest cold start
	LastColdAt time.Time     `json:"last_cold_at,omitzero"`  // when its first answer came
}

// NewMeter makes a Meter to which nothing has been answered yet.
func NewMeter(cfg MeterConfig) *Meter {
	if cfg.Idle <= 0 {
		cfg.Idle = 30 * time.Second
	}
	if cfg.Slow <= 0 {
		cfg.Slow = 500 * time.Millisecond
	}
	return &Meter{cfg: cfg}
}

// Stats is what was seen until now.
func (m *Meter) Stats() MeterStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// Observe takes one answer down: when its request was sent, and when its
// header came. It returns how much of the wait was a cold start, 0 for a warm
// answer. Requests that were sent into the same start are cold as well, and
// counted with it.
func (m *Meter) Observe(sent, header time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	wait := header.Sub(sent)
	rested := m.answered.IsZero() || sent.Sub(m.answered) >= m.cfg.Idle
	joined := sent.Before(m.stats.LastColdAt) && !sent.Before(m.coldSent)
	if header.After(m.answered) {
		m.answered = header
	}
	cold := wait - m.usual()
	if cold < m.cfg.Slow || (!rested && !joined) {
		m.learn(wait)
		return 0
	}
	if !joined {
		m.coldSent = sent
		m.stats = MeterStats{ColdStarts: m.stats.ColdStarts + 1, LastCold: cold, LastColdAt: header}
	}
	return cold
}

const learnt = 16

func (m *Meter) learn(wait time.Duration) {
	if len(m.warm) == learnt {
		m.warm = append(m.warm[:0], m.warm[1:]...)
	}
	m.warm = append(m.warm, wait)
}

// usual is the median wait for a warm answer: what the handler takes anyway
// is no part of the start. It is 0 while none has been seen.
func (m *Meter) usual() time.Duration {
	if len(m.warm) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(m.warm))
	return sorted[len(sorted)/2]
}

// Wrap measures what next answers, and adds a cold start to the response's
// Server-Timing, which browsers show among a request's times.
func (m *Meter) Wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		sent := time.Now()
		res, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if cold := m.Observe(sent, time.Now()); cold > 0 {
			res.Header.Add("Server-Timing", ServerTiming("cold", cold, "Knative cold start"))
		}
		return res, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var _ http.RoundTripper = roundTripper(nil)
