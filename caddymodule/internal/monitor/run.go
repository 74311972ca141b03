package monitor

import (
	"context"
	"math/rand/v2"
	"time"
)

// Run probes until the context ends, and then returns at once: a probe that
// is under way is cut short and does not count. The first probe comes
// immediately. There is one loop: a second call returns at once while the
// first runs.
func (m *Monitor) Run(ctx context.Context) {
	if !m.running.CompareAndSwap(false, true) {
		return
	}
	defer m.running.Store(false)
	timer := time.NewTimer(m.firstWait())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-timer.C:
		}
		timer.Stop()
		wait, again := m.check(ctx)
		if ctx.Err() != nil {
			return
		}
		if again {
			timer.Reset(wait)
		}
	}
}

func (m *Monitor) firstWait() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waited {
		return m.cfg.ProbeInterval
	}
	return 0
}

// check makes one probe and says when the next one is due, if ever.
func (m *Monitor) check(ctx context.Context) (wait time.Duration, again bool) {
	asked, took, err := m.ask(ctx)
	if ctx.Err() != nil {
		return 0, false
	}
	r := m.record(asked, took, err)
	r.log(m.log)
	return r.wait, r.again
}

func (m *Monitor) ask(ctx context.Context) (asked *target, took time.Duration, err error) {
	m.mu.Lock()
	asked = m.target
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, m.cfg.ProbeTimeout)
	defer cancel()
	began := time.Now()
	err = asked.probe(ctx)
	return asked, time.Since(began), err
}

// record takes a probe's outcome down.
func (m *Monitor) record(asked *target, took time.Duration, err error) result {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.target != asked {
		return result{} // Retarget has woken the loop
	}
	if err == nil {
		cameUp := m.snap.Status != Up
		m.succeeded(took)
		return result{Snapshot: m.snap, wait: m.cfg.ProbeInterval, again: true, cameUp: cameUp}
	}
	known := m.failed(took, err)
	if m.cfg.MaxRetries > 0 && m.round >= m.cfg.MaxRetries {
		return result{Snapshot: m.snap}
	}
	wait := m.cfg.delay(m.round, rand.Float64()) // #nosec G404 -- spreads load, keeps no secret
	m.snap.NextRetryAt = m.snap.LastFailureAt.Add(wait)
	return result{Snapshot: m.snap, wait: wait, again: true, known: known}
}

func (m *Monitor) succeeded(took time.Duration) {
	now := m.ended(took, Probe{OK: true})
	m.round = 0
	m.snap.Status = Up
	m.snap.LastSuccessAt = now
	m.snap.ConsecutiveFailures = 0
	m.snap.LastError, m.told = nil, Fault{}
}

// failed says whether the same was said before of what only a person can mend.
func (m *Monitor) failed(took time.Duration, err error) (known bool) {
	fault := FaultOf(err, m.target.baseURL)
	now := m.ended(took, Probe{Code: fault.Code})
	m.round++
	m.snap.Status = Down
	m.snap.LastFailureAt = now
	m.snap.ConsecutiveFailures++
	m.snap.LastError = &fault
	known = m.told == fault && isLasting(err, fault)
	m.told = fault
	return known
}

// ended notes what every probe leaves behind and wakes those who wait; they
// see all of it, since the caller holds the lock.
func (m *Monitor) ended(took time.Duration, p Probe) time.Time {
	now := time.Now().UTC().Truncate(time.Millisecond)
	millis := took.Milliseconds()
	p.At, p.DurationMS = now, float64(took.Microseconds())/1000
	m.probes.add(p)
	m.snap.LastCheckedAt, m.snap.LastDurationMS = now, &millis
	m.snap.NextRetryAt = time.Time{}
	close(m.changed)
	m.changed = make(chan struct{})
	return now
}
