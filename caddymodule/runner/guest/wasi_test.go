package guest_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestAComponentWithWASIHasClocksTimersAndAConsole(t *testing.T) {
	program := load(t, "wasi")
	var lines []string
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		lines = append(lines, call.Function+": "+call.Args[0].(string))
		return nil, nil
	})

	response, err := program.Run(t.Context(), get("/time"), host, limits)
	require.NoError(t, err)
	millis, err := strconv.ParseInt(string(response.Body), 10, 64)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), time.UnixMilli(millis), time.Minute)

	response, err = program.Run(t.Context(), get("/timers"), host, limits)
	require.NoError(t, err)
	assert.Equal(t, "waited", string(response.Body))

	_, err = program.Run(t.Context(), get("/console"), host, limits)
	require.NoError(t, err)
	assert.Equal(t, []string{"log-info: hello stdout", "log-error: hello stderr"}, lines)

	first, err := program.Run(t.Context(), get("/random"), host, limits)
	require.NoError(t, err)
	second, err := program.Run(t.Context(), get("/random"), host, limits)
	require.NoError(t, err)
	assert.NotEqual(t, first.Body, second.Body)
}

func TestAComponentWithWASISaysWhatItThrew(t *testing.T) {
	program := load(t, "wasi")
	_, err := program.Run(t.Context(), get("/throw"), silent, limits)
	trap := requireTrap(t, err, guest.TrapGuest)
	assert.Contains(t, trap.Message, "uncaught exception: boom from limits.js")
	assert.NotContains(t, trap.Message, "Redirecting")
	t.Log(trap.Message)

	_, err = program.Run(t.Context(), get("/fetch"), silent, limits)
	t.Log(requireTrap(t, err, guest.TrapGuest).Message)
}

func TestATimerEndsWithTheDeadline(t *testing.T) {
	program := load(t, "wasi")
	_, err := program.Run(t.Context(), get("/timers"), silent, guest.Limits{Timeout: 10 * time.Millisecond})
	requireTrap(t, err, guest.TrapTimeout)
}

// censor is a host that blanks the name of a file.
type censor struct{ guest.Host }

func (censor) Blanked(text string, _ bool) string {
	return strings.ReplaceAll(text, "limits.js", "…")
}

func TestWhatAGuestThrowsIsBlankedByItsHost(t *testing.T) {
	_, err := load(t, "wasi").Run(t.Context(), get("/throw"), censor{silent}, limits)
	assert.Contains(t, requireTrap(t, err, guest.TrapGuest).Message, "uncaught exception: boom from …")
}
