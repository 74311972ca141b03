package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocker_a_generation_is_warm_before_it_gets_traffic goes on asking, so that
// a cold generation would begin an execution before it has compiled.
func TestDocker_a_generation_is_warm_before_it_gets_traffic(t *testing.T) {
	dockerEngine(t)
	s := startUp(t, "--backend", "embedded", "--extension", hello(t))
	greetedBy(t, s, "embedded")
	v := s.visit(t)
	code, _, errs := command(t, s, "use", "docker", "--wait", "--timeout", compileLimit.String())
	require.Zero(t, code, errs)
	greetedBy(t, s, "docker")
	runnerRecord(t, s, 1).isWarmFirst(t)
	for made, rebuild := range []bool{false, true} {
		require.NoError(t, restart(t, s, rebuild))
		greetedBy(t, s, "docker")
		runnerRecord(t, s, made+2).isWarmFirst(t)
	}
	assert.Empty(t, v.leave(), "the one before served meanwhile")
	_, err := s.interrupt(t)
	assert.NoError(t, err)
	out, err := s.command(t, "down", "-v").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

// greetedBy asks the example until that backend answers, and gives how long the
// answer took.
func greetedBy(t testing.TB, s *started, backend string) (took time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		began := time.Now()
		from, err := askGreeting(t.Context(), s)
		took = time.Since(began)
		return err == nil && from == backend
	}, compileLimit, 10*time.Millisecond)
	return took
}

func askGreeting(ctx context.Context, s *started) (backend string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/ext/acme.hello/greet", strings.NewReader(`{"name":"Ada"}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return res.Header.Get("X-Runner-Backend"), err
}

// caller calls the example's handler every 50 ms.
type caller struct {
	cancel context.CancelFunc
	left   sync.WaitGroup
	failed []string
}

func (s *started) visit(t *testing.T) *caller {
	ctx, cancel := context.WithCancel(t.Context())
	v := &caller{cancel: cancel}
	v.left.Go(func() {
		ticks := time.NewTicker(50 * time.Millisecond)
		defer ticks.Stop()
		for ctx.Err() == nil {
			backend, err := askGreeting(ctx, s)
			if ctx.Err() == nil && err != nil {
				v.failed = append(v.failed, backend+": "+err.Error())
			}
			select {
			case <-ticks.C:
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(func() { v.leave() })
	return v
}

// leave gives what failed.
func (v *caller) leave() []string {
	v.cancel()
	v.left.Wait()
	return v.failed
}

// record is what a runner wrote of what it did.
type record []struct {
	Time       time.Time
	Msg        string
	DurationMs float64 `json:"duration_ms"`
}

func runnerRecord(t *testing.T, s *started, generation int) (list record) {
	t.Helper()
	instance := projectOf(t, s).instance()
	container := strings.TrimSpace(dockerSays(t, "ps", "-q", "--filter", "label=dev.devproxy.instance="+instance, "--filter", "label=dev.devproxy.generation="+strconv.Itoa(generation)))
	out, err := exec.Command("docker", "logs", container).Output()
	require.NoError(t, err)
	lines := json.NewDecoder(strings.NewReader(string(out)))
	for lines.More() {
		list = append(list, record{{}}...)
		require.NoError(t, lines.Decode(&list[len(list)-1]), "%s", out)
	}
	return list
}

// isWarmFirst checks that the first execution began after the handler was
// compiled.
func (r record) isWarmFirst(t *testing.T) {
	t.Helper()
	var compiled, executed time.Time
	for _, line := range r {
		switch line.Msg {
		case "compiled handler":
			compiled = line.Time
		case "executed extension":
			if began := line.Time.Add(-time.Duration(line.DurationMs * float64(time.Millisecond))); executed.IsZero() || began.Before(executed) {
				executed = began
			}
		}
	}
	require.False(t, compiled.IsZero() || executed.IsZero(), "%+v", r)
	assert.False(t, executed.Before(compiled), "the first execution began at %s, and the handler was compiled at %s", executed, compiled)
}
