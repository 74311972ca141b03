package guest_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

const pinned = "0.19.3" // what the test components are built with

func sourceOf(t testing.TB, version, js string) guest.Source {
	t.Helper()
	build, err := source.Discover(guesttest.Extension(t, version))
	require.NoError(t, err)
	build.Features = nil // as with --disable all
	return guest.Source{JS: []byte(js), Build: build}
}

func loadSource(t testing.TB, engine guest.Engine, s guest.Source) guest.Program {
	t.Helper()
	program, err := engine.LoadSource(context.Background(), s)
	require.NoError(t, err)
	return program
}

// recorded notes the calls of hosts.js and answers them.
func recorded(calls *[]string) hostFunc {
	return func(_ context.Context, call guest.Call) (any, error) {
		name := call.Interface + "#" + call.Function
		*calls = append(*calls, fmt.Sprint(name, call.Args, call.ErrorCases))
		return answers[name], nil
	}
}

func TestSourceAndComponentAnswerTheSame(t *testing.T) {
	for _, version := range []string{"0.19.3", "0.23.0"} {
		t.Run(version, func(t *testing.T) {
			engine := newEngine(t)
			routes := map[string][]string{
				"limits": {"/echo", "/nothing", "/json", "/count", "/random", "/console", "/missing?q=ü"},
				"hosts":  {"/", "/storage/get", "/secrets/get"},
			}
			for name, urls := range routes {
				s := sourceOf(t, version, string(guesttest.Handler(t, name)))
				s.Strict = true
				fromSource, built := loadSource(t, engine, s), load(t, name)
				assert.ElementsMatch(t, built.Imports(), fromSource.Imports())
				for _, url := range urls {
					request := get(url)
					request.HTTP.Body = []byte("{\"héllo\": 1}")
					request.HTTP.Headers = []guest.Header{{Name: "x-a", Value: "1"}, {Name: "x-a", Value: "2"}}
					var want, got []string
					expected, err := built.Run(t.Context(), request, recorded(&want), limits)
					require.NoError(t, err, url)
					actual, err := fromSource.Run(t.Context(), request, recorded(&got), limits)
					require.NoError(t, err, url)
					assert.Equal(t, expected, actual, url)
					assert.Equal(t, want, got, url)
				}
			}
		})
	}
}

func TestEveryRunOfASourceIsFresh(t *testing.T) {
	program := loadSource(t, newEngine(t), sourceOf(t, pinned, string(guesttest.Handler(t, "limits"))))
	for range 3 {
		response, err := program.Run(t.Context(), get("/count"), silent, limits)
		require.NoError(t, err)
		assert.Equal(t, "1", string(response.Body))
	}
}

func TestASourceHasClocksTimersAndAConsole(t *testing.T) {
	program := loadSource(t, newEngine(t), sourceOf(t, pinned, string(guesttest.Handler(t, "limits"))))
	var lines []string
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		lines = append(lines, call.Function+": "+call.Args[0].(string))
		return nil, nil
	})
	millis := func() int64 {
		response, err := program.Run(t.Context(), get("/time"), host, limits)
		require.NoError(t, err)
		value, err := strconv.ParseInt(string(response.Body), 10, 64)
		require.NoError(t, err)
		return value
	}
	first := millis()
	assert.WithinDuration(t, time.Now(), time.UnixMilli(first), time.Minute)
	response, err := program.Run(t.Context(), get("/timers"), host, limits)
	require.NoError(t, err)
	assert.Equal(t, "waited", string(response.Body))
	assert.GreaterOrEqual(t, millis(), first+20)

	_, err = program.Run(t.Context(), get("/console"), host, limits)
	require.NoError(t, err)
	assert.Equal(t, []string{"log-info: hello stdout", "log-error: hello stderr"}, lines)
}

func TestAStrictSourceHasWhatTheComponentHas(t *testing.T) {
	s := sourceOf(t, pinned, string(guesttest.Handler(t, "limits")))
	s.Strict = true
	program := loadSource(t, newEngine(t), s)
	deaf := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		return nil, fmt.Errorf("unexpected call of %v", call.Import)
	})
	body := func(url string) string {
		response, err := program.Run(t.Context(), get(url), deaf, limits)
		require.NoError(t, err, url)
		return string(response.Body)
	}
	for _, url := range []string{"/time", "/random"} {
		first := body(url)
		assert.Equal(t, first, body(url), url)
	}
	assert.Equal(t, "printed", body("/console"))
	_, err := program.Run(t.Context(), get("/timers"), deaf, limits)
	assert.Contains(t, requireTrap(t, err, guest.TrapGuest).Message, "built without clocks")

	s.Build.Features = []string{"clocks", "stdio"}
	program = loadSource(t, newEngine(t), s)
	response, err := program.Run(t.Context(), get("/timers"), deaf, limits)
	require.NoError(t, err, "what the component is built with is there")
	assert.Equal(t, "waited", string(response.Body))
}

func TestASourceSaysWhatItThrewAndWhere(t *testing.T) {
	program := loadSource(t, newEngine(t), sourceOf(t, pinned, string(guesttest.Handler(t, "limits"))))
	cases := map[string]string{
		"/throw":   "uncaught exception: boom from limits.js\nStack:\n  /throw@handler.js:15:27",
		"/recurse": "uncaught exception: too much recursion\nStack:\n  down@handler.js:16:47",
	}
	for url, want := range cases {
		_, err := program.Run(t.Context(), get(url), silent, limits)
		assert.Contains(t, requireTrap(t, err, guest.TrapGuest).Message, want)
	}
}

func TestTheLimitsHoldForSources(t *testing.T) {
	program := loadSource(t, newEngine(t), sourceOf(t, pinned, string(guesttest.Handler(t, "limits"))))
	_, err := program.Run(t.Context(), get("/loop"), silent, guest.Limits{Timeout: 50 * time.Millisecond})
	requireTrap(t, err, guest.TrapTimeout)
	_, err = program.Run(t.Context(), get("/alloc"), silent, guest.Limits{Timeout: time.Minute, MemoryBytes: 32 << 20})
	requireTrap(t, err, guest.TrapMemory)
	_, err = program.Run(t.Context(), get("/echo"), silent, guest.Limits{MemoryBytes: 1 << 20})
	requireTrap(t, err, guest.TrapMemory)
}
