package guest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestARequestBodyComesBackUnchanged(t *testing.T) {
	program := load(t, "limits")
	request := get("/echo")
	request.HTTP.Body = []byte("gr\u00fc\u00dfe \x00\xff")
	response, err := program.Run(t.Context(), request, silent, limits)
	require.NoError(t, err)
	assert.Equal(t, uint16(200), response.Status)
	assert.Equal(t, []guest.Header{{Name: "content-type", Value: "text/plain; charset=utf-8"}}, response.Headers)
	assert.Equal(t, request.HTTP.Body, response.Body)
}

func TestAMissingBodyIsNotAnEmptyOne(t *testing.T) {
	response, err := load(t, "limits").Run(t.Context(), get("/nothing"), silent, limits)
	require.NoError(t, err)
	assert.Nil(t, response.Body)
}

func TestEveryRunStartsAfresh(t *testing.T) {
	program := load(t, "limits")
	for range 3 {
		response, err := program.Run(t.Context(), get("/count"), silent, limits)
		require.NoError(t, err)
		assert.Equal(t, "1", string(response.Body))
	}
}

func TestATightLoopIsCutSoonAfterItsDeadline(t *testing.T) {
	for _, component := range []string{"limits", "bare"} {
		t.Run(component, func(t *testing.T) {
			program := load(t, component)
			for _, route := range []string{"/loop", "/regex"} {
				start := time.Now()
				_, err := program.Run(t.Context(), get(route), silent, guest.Limits{Timeout: 100 * time.Millisecond})
				trap := requireTrap(t, err, guest.TrapTimeout)
				assert.Equal(t, "timed out after 100ms", trap.Message)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Less(t, time.Since(start), 30*time.Second, "not cut soon")
				t.Logf("%s: cut %v after the deadline", route, time.Since(start)-100*time.Millisecond)
			}
		})
	}
}

func TestAnEndedContextStopsAGuest(t *testing.T) {
	program := load(t, "limits")
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the caller went away")
	timer := time.AfterFunc(50*time.Millisecond, func() { cancel(gone) })
	defer timer.Stop()
	_, err := program.Run(ctx, get("/loop"), silent, guest.Limits{})
	trap := requireTrap(t, err, guest.TrapTimeout)
	assert.Equal(t, "stopped: the caller went away", trap.Message)

	_, err = program.Run(ctx, get("/echo"), silent, guest.Limits{})
	requireTrap(t, err, guest.TrapTimeout)
}

func TestAGuestThatTakesTooMuchMemoryTraps(t *testing.T) {
	program := load(t, "limits")
	_, err := program.Run(t.Context(), get("/alloc"), silent, guest.Limits{Timeout: time.Minute, MemoryBytes: 64 << 20})
	trap := requireTrap(t, err, guest.TrapMemory)
	assert.Equal(t, "needed more than 64 MiB of memory", trap.Message)

	_, err = program.Run(t.Context(), get("/echo"), silent, guest.Limits{MemoryBytes: 1 << 20})
	requireTrap(t, err, guest.TrapMemory)
}

func TestAThrowIsATrapThatSaysWhatIsKnown(t *testing.T) {
	_, err := load(t, "limits").Run(t.Context(), get("/throw"), silent, limits)
	trap := requireTrap(t, err, guest.TrapGuest)
	assert.Contains(t, trap.Message, "unreachable executed: an uncaught exception in handler")
	t.Log(trap.Message)

	_, err = load(t, "limits").Run(t.Context(), get("/recurse"), silent, limits)
	t.Log(requireTrap(t, err, guest.TrapGuest).Message)
}

func TestRunsDoNotDisturbEachOther(t *testing.T) {
	program := load(t, "limits")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			request := get("/echo")
			request.HTTP.Body = []byte{byte(i)}
			for range 5 {
				response, err := program.Run(t.Context(), request, silent, limits)
				assert.NoError(t, err)
				assert.Equal(t, []byte{byte(i)}, response.Body)
			}
		})
	}
	_, err := program.Run(t.Context(), get("/loop"), silent, guest.Limits{Timeout: 100 * time.Millisecond})
	requireTrap(t, err, guest.TrapTimeout)
	group.Wait()
}
