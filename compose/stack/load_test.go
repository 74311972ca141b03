package stack_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/stack"
)

// selector sends requests to the live generation and hands over as a caller of
// the stack does: swap, then wait for the requests under way.
type selector struct{ live atomic.Pointer[target] }

type target struct {
	generation *stack.Generation
	mu         sync.RWMutex // held for reading by each request under way
}

func (s *selector) promote(_ context.Context, g *stack.Generation) error {
	if old := s.live.Swap(&target{generation: g}); old != nil {
		old.mu.Lock()
		defer old.mu.Unlock()
	}
	return nil
}

// request asks the live generation for its version and names both.
func (s *selector) request(client *http.Client) (string, error) {
	for {
		to := s.live.Load()
		to.mu.RLock()
		if s.live.Load() != to {
			to.mu.RUnlock()
			continue // swapped between the look and the lock
		}
		defer to.mu.RUnlock()
		response, err := client.Get("http://" + to.generation.Address + "/version")
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return fmt.Sprintf("%d %s", to.generation.Number, body), err
	}
}

func TestTenSwapsUnderLoadFailNoRequest(t *testing.T) {
	f := newFixture(t)
	live := &selector{}
	s := f.stack(f.runner("    environment: {VERSION: v}\n"), func(o *stack.Options) { o.Promote = live.promote })
	ctx := enginetest.Context(t)
	_, err := s.DeployImage(ctx, f.image)
	require.NoError(t, err)
	underLoad(t, live, func() {
		for range 10 {
			_, err := s.DeployImage(ctx, f.image)
			require.NoError(t, err)
		}
		s.Settle()
	})
}

// underLoad swaps while clients ask, none of whose requests may fail.
func underLoad(t *testing.T, live *selector, swaps func()) {
	const clients = 8
	var stop atomic.Bool
	var requests, failures atomic.Int64
	answers := newRecorder[string]()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			last := ""
			for !stop.Load() {
				answer, err := live.request(client)
				requests.Add(1)
				if err != nil {
					failures.Add(1)
					t.Error(err)
				} else if answer != last {
					answers.add(answer)
					last = answer
				}
			}
		})
	}
	swaps()
	stop.Store(true)
	group.Wait()
	require.Zero(t, failures.Load())
	require.Greater(t, requests.Load(), int64(1000))
	for _, answer := range answers.all() {
		require.Regexp(t, `^([1-9]|1[01]) v$`, answer)
	}
	t.Logf("%d requests", requests.Load())
}
