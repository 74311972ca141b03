package knative

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// EmulatorConfig says how the service would be deployed.
type EmulatorConfig struct {
	// ScaleDownAfter is the pause after which the instance is gone. Zero means
	// 90 s: Knative's stable window and its grace period.
	ScaleDownAfter time.Duration
	// ColdStart is how long an instance takes to come up. Zero means 2 s.
	ColdStart time.Duration
	// KeepOne is minScale 1: there is an instance from the start, always.
	KeepOne bool
	// Concurrency is containerConcurrency: how many requests the instance works
	// on at once. Zero means no limit, as in Knative.
	Concurrency int
	// Queue is how many more may wait. Zero means ten times Concurrency, as in
	// Knative's queue-proxy.
	Queue int
	// Timeout is timeoutSeconds: from a request's arrival to the response's
	// header, start and queue included. Zero means 300 s.
	Timeout time.Duration
}

// Emulator behaves as a Knative service of one instance would: it goes to zero
// when idle, holds requests while it starts, queues what exceeds the instance,
// answers 503 when the queue is full and 504 when time is up. The backend
// itself runs all the while. It has no goroutine of its own.
//
// Whatever passes through it counts as traffic, as in a cluster: keep health
// probes out of it, or it never sleeps.
type Emulator struct {
	next  http.RoundTripper
	cfg   EmulatorConfig
	slots chan struct{} // one for each request that runs; nil for no limit

	mu      sync.Mutex
	readyAt time.Time // when the instance is up; zero when there never was one
	idleAt  time.Time // when the last request ended
	inside  int       // requests that wait or run
	running int
	stats   EmulatorState
}

// EmulatorState is what an Emulator does at one moment.
type EmulatorState struct {
	Instances  int           `json:"instances"` // 0 or 1; one that starts is one
	Running    int           `json:"running"`
	Waiting    int           `json:"waiting"` // for the start, or in the queue
	ColdStarts int           `json:"cold_starts"`
	LastCold   time.Duration `json:"last_cold_ns,omitempty"` // longest wait for the newest start
	Overflows  int           `json:"overflows"`              // answered 503
	Timeouts   int           `json:"timeouts"`               // answered 504
}

// NewEmulator puts an emulation in front of next.
func NewEmulator(cfg EmulatorConfig, next http.RoundTripper) *Emulator {
	orDefault(&cfg.ScaleDownAfter, 90*time.Second)
	orDefault(&cfg.ColdStart, 2*time.Second)
	orDefault(&cfg.Timeout, 300*time.Second)
	e := &Emulator{next: next, cfg: cfg}
	if cfg.Concurrency > 0 {
		e.slots = make(chan struct{}, cfg.Concurrency)
		if cfg.Queue <= 0 {
			e.cfg.Queue = 10 * cfg.Concurrency
		}
	}
	return e
}

func orDefault(value *time.Duration, fallback time.Duration) {
	if *value <= 0 {
		*value = fallback
	}
}

// State is what it does now.
func (e *Emulator) State() EmulatorState {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Running, s.Waiting = e.running, e.inside-e.running
	if !e.atZero(time.Now()) {
		s.Instances = 1
	}
	return s
}

// atZero is looked up when it matters, so no timer has to scale down.
func (e *Emulator) atZero(now time.Time) bool {
	if e.cfg.KeepOne || e.inside > 0 {
		return false
	}
	used := e.idleAt
	if e.readyAt.After(used) {
		used = e.readyAt // a start whose requests have all left still ends
	}
	return used.IsZero() || now.Sub(used) >= e.cfg.ScaleDownAfter
}

var (
	errFull    = errors.New("pending request queue full")
	errTimeout = errors.New("request timeout")
)

// RoundTrip sends r through the emulated service. Server-Timing says how long
// it waited for the start and in the queue.
func (e *Emulator) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(e.cfg.Timeout, func() { cancel(errTimeout) })
	v := &visit{emulator: e, cancel: cancel}
	res, err := v.roundTrip(r.WithContext(ctx))
	if timer.Stop() && err == nil {
		res.Body = v.until(res)
		return v.stamped(res), nil
	}
	if err == nil { // the header came in the moment in which time was up
		_ = res.Body.Close()
		err = errTimeout
	}
	if errors.Is(context.Cause(ctx), errTimeout) {
		err = errTimeout
	}
	v.end()
	return v.refused(r, err)
}
