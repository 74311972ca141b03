package monitor

import (
	"context"
	"fmt"
	"time"
)

// RequiredError says that a backend which is not optional does not answer at
// start. Whoever started devproxy ends it with an exit code of its own.
type RequiredError struct {
	Backend string
	Fault   Fault
}

func (e *RequiredError) Error() string {
	return fmt.Sprintf("backend %s is not optional and does not answer: %s", e.Backend, e.Fault.Message)
}

// Fix is what to do next.
func (e *RequiredError) Fix() string {
	return "start the runner first, or set " + EnvOptional + "=true to start without it"
}

// Require is called before [Monitor.Run]. For an optional backend it returns
// nil at once. For any other it makes the first probe: when that fails the
// backend is down and the error is a *RequiredError, or the context's; when
// not, the loop's first probe comes after the probe interval.
func (m *Monitor) Require(ctx context.Context) error {
	if m.cfg.Optional {
		return nil
	}
	_, took, err := m.ask(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := m.recordRequired(took, err); err != nil {
		m.log.Error("the runner does not answer and is not optional", failure(m.Snapshot())...)
		return err
	}
	result{Snapshot: m.Snapshot(), again: true, cameUp: true}.log(m.log)
	return nil
}

func (m *Monitor) recordRequired(took time.Duration, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.failed(took, err)
		return &RequiredError{Backend: m.snap.Backend, Fault: *m.snap.LastError}
	}
	m.succeeded(took)
	m.waited = true
	return nil
}
