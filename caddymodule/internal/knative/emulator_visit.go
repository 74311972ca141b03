package knative

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// visit is one request's way through an Emulator.
type visit struct {
	emulator     *Emulator
	cancel       context.CancelCauseFunc
	entered      bool
	running      bool
	once         sync.Once
	cold, queued time.Duration // what was waited
}

func (v *visit) roundTrip(r *http.Request) (*http.Response, error) {
	e := v.emulator
	ready, err := e.enter()
	if err != nil {
		return nil, err
	}
	v.entered = true
	if err := v.awaitStart(r.Context(), ready); err != nil {
		return nil, err
	}
	if err := v.awaitSlot(r.Context()); err != nil {
		return nil, err
	}
	return e.next.RoundTrip(r)
}

// enter counts a request in and says when there is an instance for it.
func (e *Emulator) enter() (ready time.Time, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.atZero(now) {
		e.readyAt = now.Add(e.cfg.ColdStart)
		e.stats.ColdStarts++
		e.stats.LastCold = 0
	}
	if e.slots != nil && e.inside >= e.cfg.Concurrency+e.cfg.Queue {
		e.stats.Overflows++
		return time.Time{}, errFull
	}
	e.inside++
	return e.readyAt, nil
}

func (v *visit) awaitStart(ctx context.Context, ready time.Time) error {
	began := time.Now()
	if !ready.After(began) {
		return nil
	}
	timer := time.NewTimer(ready.Sub(began))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	v.cold = time.Since(began)
	e := v.emulator
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.LastCold = max(e.stats.LastCold, v.cold)
	return ctx.Err()
}

func (v *visit) awaitSlot(ctx context.Context) error {
	e := v.emulator
	if err := v.takeSlot(ctx); err != nil {
		return err
	}
	v.running = true
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running++
	return nil
}

func (v *visit) takeSlot(ctx context.Context) error {
	slots, began := v.emulator.slots, time.Now()
	if slots == nil {
		return nil
	}
	select {
	case slots <- struct{}{}:
		return nil // without a wait to speak of
	default:
	}
	defer func() { v.queued = time.Since(began) }()
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end gives back what the request held, once.
func (v *visit) end() {
	v.once.Do(func() {
		v.cancel(nil)
		if v.running && v.emulator.slots != nil {
			<-v.emulator.slots
		}
		e := v.emulator
		e.mu.Lock()
		defer e.mu.Unlock()
		if v.running {
			e.running--
		}
		if v.entered {
			e.inside--
			e.idleAt = time.Now()
		}
	})
}

// refused is what Knative answers instead of the service. Errors that are not
// its own are passed on.
func (v *visit) refused(r *http.Request, err error) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close() // a RoundTripper closes it whatever happens; twice is harmless
	}
	status := 0
	switch {
	case errors.Is(err, errFull):
		status = http.StatusServiceUnavailable
	case errors.Is(err, errTimeout):
		status = http.StatusGatewayTimeout
		v.emulator.countTimeout()
	default:
		return nil, err
	}
	text := err.Error() + "\n"
	return v.stamped(&http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}},
		ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}), nil
}

func (e *Emulator) countTimeout() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Timeouts++
}

func (v *visit) stamped(res *http.Response) *http.Response {
	if v.cold > 0 {
		res.Header.Add("Server-Timing", ServerTiming("cold", v.cold, "emulated cold start"))
	}
	if v.queued > 0 {
		res.Header.Add("Server-Timing", ServerTiming("queue", v.queued, "emulated queue"))
	}
	return res
}

// until holds the request's place until its body is closed.
func (v *visit) until(res *http.Response) io.ReadCloser {
	body := &heldBody{ReadCloser: res.Body, end: v.end}
	if upgraded, both := res.Body.(io.ReadWriteCloser); both {
		return &heldConn{heldBody: body, Writer: upgraded} // after 101 both sides write
	}
	return body
}

type heldBody struct {
	io.ReadCloser
	end func()
}

func (b *heldBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

type heldConn struct {
	*heldBody
	io.Writer
}

var (
	_ http.RoundTripper  = (*Emulator)(nil)
	_ io.ReadWriteCloser = (*heldConn)(nil)
)
