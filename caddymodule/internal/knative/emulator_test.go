package knative

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// worker takes its time for the header and for the body, and counts how many
// it works on.
type worker struct {
	header, body time.Duration

	mu         sync.Mutex
	busy, most int
}

func (w *worker) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.busy++
	w.most = max(w.most, w.busy)
	w.mu.Unlock()
	select {
	case <-time.After(w.header):
	case <-r.Context().Done():
		w.left()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: &workedBody{worker: w}, Request: r}, nil
}

func (w *worker) left() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
}

type workedBody struct {
	*worker
	once sync.Once
}

func (b *workedBody) Read([]byte) (int, error) { time.Sleep(b.body); return 0, io.EOF } // the bubble's clock
func (b *workedBody) Close() error             { b.once.Do(b.left); return nil }

type outcome struct {
	status int
	took   time.Duration
	timing string
	text   string
}

// visitOnce sends one request and reads its answer to the end.
func visitOnce(t *testing.T, e *Emulator) outcome {
	began := time.Now()
	res, err := e.RoundTrip(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://runner/", strings.NewReader("{}")))
	if !assert.NoError(t, err) {
		return outcome{}
	}
	text, _ := io.ReadAll(res.Body)
	assert.NoError(t, res.Body.Close())
	assert.NoError(t, res.Body.Close(), "closing twice gives back one place")
	return outcome{res.StatusCode, time.Since(began), strings.Join(res.Header.Values("Server-Timing"), ", "), strings.TrimSpace(string(text))}
}

// together sends n requests at once and gives their outcomes by status.
func together(t *testing.T, e *Emulator, n int) map[int][]outcome {
	var (
		mu  sync.Mutex
		all sync.WaitGroup
		by  = map[int][]outcome{}
	)
	for range n {
		all.Go(func() {
			o := visitOnce(t, e)
			mu.Lock()
			defer mu.Unlock()
			by[o.status] = append(by[o.status], o)
		})
	}
	all.Wait()
	return by
}

func TestEmulator_goes_to_zero_when_idle_and_starts_anew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{}, &worker{header: 100 * time.Millisecond})
		assert.Zero(t, e.State().Instances)
		cold := outcome{200, 2100 * time.Millisecond, `cold;dur=2000.0;desc="emulated cold start"`, ""}
		warm := outcome{200, 100 * time.Millisecond, "", ""}
		assert.Equal(t, cold, visitOnce(t, e))
		assert.Equal(t, warm, visitOnce(t, e))
		time.Sleep(89 * time.Second) // the bubble's clock, not the machine's
		assert.Equal(t, 1, e.State().Instances)
		assert.Equal(t, warm, visitOnce(t, e))
		time.Sleep(90 * time.Second) // the bubble's clock, not the machine's
		assert.Zero(t, e.State().Instances)
		assert.Equal(t, cold, visitOnce(t, e))
		assert.Equal(t, EmulatorState{Instances: 1, ColdStarts: 2, LastCold: 2 * time.Second}, e.State())
	})
}

func TestEmulator_one_start_serves_all_who_wait_for_it(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{}, &worker{})
		assert.Len(t, together(t, e, 50)[200], 50)
		assert.Equal(t, 1, e.State().ColdStarts)
	})
}

func TestEmulator_a_start_goes_on_when_those_who_wait_have_left(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{ColdStart: time.Minute, ScaleDownAfter: 90 * time.Second}, &worker{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := e.RoundTrip(httptest.NewRequestWithContext(ctx, http.MethodGet, "http://runner/", nil))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(100 * time.Second) // the bubble's clock: 40 s after the instance came up
		assert.Empty(t, visitOnce(t, e).timing)
		assert.Equal(t, 1, e.State().ColdStarts)
	})
}

func TestEmulator_stays_up_while_a_response_lasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{}, &worker{body: time.Hour})
		assert.Equal(t, time.Hour+2*time.Second, visitOnce(t, e).took)
		assert.Equal(t, 1, e.State().Instances, "the pause begins when the body has ended")

		got := make(chan outcome)
		go func() { got <- visitOnce(t, e) }()
		time.Sleep(30 * time.Minute) // the bubble's clock, not the machine's
		assert.Equal(t, 1, e.State().Instances)
		assert.Empty(t, visitOnce(t, e).timing, "the instance is at work, and so not gone")
		<-got
	})
}

func TestEmulator_that_keeps_one_instance_is_never_cold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{KeepOne: true}, &worker{})
		assert.Empty(t, visitOnce(t, e).timing)
		time.Sleep(24 * time.Hour) // the bubble's clock, not the machine's
		assert.Empty(t, visitOnce(t, e).timing)
		assert.Zero(t, e.State().ColdStarts)
	})
}

func TestEmulator_queues_what_exceeds_the_instance_and_refuses_the_rest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &worker{body: time.Second}
		e := NewEmulator(EmulatorConfig{KeepOne: true, Concurrency: 2}, w)
		got := together(t, e, 25)
		require.Len(t, got[200], 22, "2 run, 10 times as many wait")
		require.Len(t, got[503], 3)
		assert.Equal(t, outcome{503, 0, "", "pending request queue full"}, got[503][0])
		assert.Equal(t, 2, w.most)
		last := got[200][21]
		assert.Equal(t, outcome{200, 11 * time.Second, `queue;dur=10000.0;desc="emulated queue"`, ""}, last)
		assert.Equal(t, EmulatorState{Instances: 1, Overflows: 3}, e.State(), "every place was given back")
	})
}

func TestEmulator_answers_504_when_no_header_comes_in_time(t *testing.T) {
	for name, c := range map[string]struct {
		cfg EmulatorConfig
		w   *worker
	}{
		"a handler that hangs": {EmulatorConfig{KeepOne: true, Timeout: 5 * time.Second}, &worker{header: time.Hour}},
		"a start that lasts":   {EmulatorConfig{ColdStart: time.Hour, Timeout: 5 * time.Second}, &worker{}},
		"a queue that stands":  {EmulatorConfig{KeepOne: true, Timeout: 5 * time.Second, Concurrency: 1}, &worker{body: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := NewEmulator(c.cfg, c.w)
				got := together(t, e, 2)
				require.NotEmpty(t, got[504])
				assert.Equal(t, "request timeout", got[504][0].text)
				assert.Equal(t, 5*time.Second, got[504][0].took)
				state := e.State()
				assert.Equal(t, len(got[504]), state.Timeouts)
				assert.Zero(t, state.Running+state.Waiting)
				assert.Zero(t, c.w.busy)
			})
		})
	}
}

func TestEmulator_never_cuts_a_stream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NewEmulator(EmulatorConfig{KeepOne: true, Timeout: time.Second}, &worker{body: time.Hour})
		assert.Equal(t, 200, visitOnce(t, e).status)
	})
}

func TestEmulator_a_client_that_leaves_gives_its_place_back(t *testing.T) {
	for name, c := range map[string]struct {
		cfg EmulatorConfig
		w   *worker
	}{
		"while it waits for the start": {EmulatorConfig{}, &worker{}},
		"while the handler runs":       {EmulatorConfig{KeepOne: true}, &worker{header: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := NewEmulator(c.cfg, c.w)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				body := &closing{Reader: strings.NewReader("{}")}
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://runner/", body)
				require.NoError(t, err)
				_, err = e.RoundTrip(r)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.True(t, body.closed)
				assert.Zero(t, e.State().Waiting+e.State().Running+e.State().Timeouts)
			})
		})
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestEmulator_passes_on_what_is_not_its_own(t *testing.T) {
	away := errors.New("connection refused")
	e := NewEmulator(EmulatorConfig{KeepOne: true}, roundTripper(func(*http.Request) (*http.Response, error) { return nil, away }))
	r := httptest.NewRequest(http.MethodGet, "http://runner/", nil)
	_, err := e.RoundTrip(r)
	assert.ErrorIs(t, err, away)
	assert.Zero(t, e.State().Running)
}

func TestEmulator_carries_an_upgraded_connection_both_ways(t *testing.T) {
	s := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("echo " + line)
		_ = rw.Flush()
	})
	transport, err := Transport(Config{BaseURL: at(t, s.URL)})
	require.NoError(t, err)
	t.Cleanup(transport.CloseIdleConnections)
	e := NewEmulator(EmulatorConfig{KeepOne: true, Concurrency: 1}, transport)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	require.NoError(t, err)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	res, err := e.RoundTrip(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
	conn := res.Body.(io.ReadWriteCloser)
	_, err = io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "echo hello\n", line)
	assert.Equal(t, 1, e.State().Running, "it holds its place while it is open")
	require.NoError(t, conn.Close())
	assert.Zero(t, e.State().Running)
}
