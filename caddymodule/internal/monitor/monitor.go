package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
)

// Monitor watches one backend. It is safe for concurrent use.
type Monitor struct {
	cfg     Config
	log     *slog.Logger
	wake    chan struct{} // one slot: many wishes are one probe
	running atomic.Bool

	mu      sync.Mutex
	target  *target
	snap    Snapshot
	told    Fault // what was said last, in full
	round   int   // failures in a row since the last success or Retry
	waited  bool  // the first probe was Require's: the loop begins with a wait
	probes  history
	changed chan struct{} // closed and replaced after each probe
}

// target is where the probes go. It is replaced, never changed, so that the
// result of a probe that began before can be told.
type target struct {
	baseURL string
	probe   func(context.Context) error
}

// New makes a monitor that does nothing until [Monitor.Run]. baseURL is for
// people and may be empty; probe makes one attempt and honours its context,
// which ends after cfg.ProbeTimeout. Its error must hold nothing that the
// runner sent.
func New(cfg Config, backendName, baseURL string, probe func(ctx context.Context) error, log *slog.Logger) *Monitor {
	cfg.fill()
	baseURL = withoutPassword(baseURL)
	return &Monitor{
		cfg: cfg, log: log,
		wake:    make(chan struct{}, 1),
		target:  &target{baseURL, probe},
		snap:    Snapshot{Status: Unknown, Backend: backendName, BaseURL: baseURL, Optional: cfg.Optional},
		changed: make(chan struct{}),
	}
}

func withoutPassword(baseURL string) string {
	parsed, err := url.Parse(baseURL)
	if err != nil || parsed.User == nil {
		return baseURL
	}
	return parsed.Redacted()
}

// Snapshot is what is known now.
func (m *Monitor) Snapshot() Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snap
}

// History is the last 60 probes, the oldest first.
func (m *Monitor) History() []Probe {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.probes.probes)
}

// Changed is closed after the next probe. Take it before the snapshot that it
// is to follow.
func (m *Monitor) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// Retry asks at once and begins the backoff anew. It is for what may have
// mended the backend: a container that started, a swap, a person's wish. It
// also resumes a monitor that has used up its retries. Never waits.
func (m *Monitor) Retry() {
	m.mu.Lock()
	m.round, m.told = 0, Fault{}
	m.mu.Unlock()
	m.nudge()
}

// Suspect asks at once if the backend is thought to be up. It is for a
// request that could not connect; while the backend is down it does nothing,
// so that no load turns into a storm of probes. Never waits.
func (m *Monitor) Suspect() {
	if m.Snapshot().Status == Up {
		m.nudge()
	}
}

// Retarget sends the probes elsewhere, as after a new generation of a
// container, and asks there at once. The status stays until that probe ends;
// one that is under way no longer counts.
func (m *Monitor) Retarget(baseURL string, probe func(ctx context.Context) error) {
	m.mu.Lock()
	m.target = &target{withoutPassword(baseURL), probe}
	m.snap.BaseURL = m.target.baseURL
	m.mu.Unlock()
	m.Retry()
}

func (m *Monitor) nudge() {
	select {
	case m.wake <- struct{}{}:
	default: // one is due already
	}
}

// WaitUp returns when the backend is up, or with the context's error and the
// reason why it is not.
func (m *Monitor) WaitUp(ctx context.Context) error {
	for {
		changed := m.Changed()
		s := m.Snapshot()
		if s.Status == Up {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if s.LastError != nil {
				return fmt.Errorf("backend %s is %s: %s: %w", s.Backend, s.Status, s.LastError.Message, ctx.Err())
			}
			return fmt.Errorf("backend %s is %s: %w", s.Backend, s.Status, ctx.Err())
		}
	}
}
