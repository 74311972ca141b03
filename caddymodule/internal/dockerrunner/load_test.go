package dockerrunner_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

// TestLoad_of_commands_and_sessions_leaves_nothing_behind runs 1 000 commands and
// 200 sessions under DEVPROXY_LOAD=full, a tenth of it otherwise.
func TestLoad_of_commands_and_sessions_leaves_nothing_behind(t *testing.T) {
	commands, sessions := 100, 20
	if os.Getenv("DEVPROXY_LOAD") == "full" {
		commands, sessions = 1000, 200
	}
	r := newRig(t)
	r.ctx = t.Context() // go test's own timeout is the limit
	id := r.start()
	load(t, r, id, 20, 5) // connections and pools are there afterwards
	goroutines, heap := settled(r)
	began := time.Now()
	load(t, r, id, commands, sessions)
	took := time.Since(began)
	after, heapAfter := settled(r)
	t.Logf("%d commands and %d sessions in %s; goroutines %d -> %d, heap %d -> %d KiB", commands, sessions, took.Round(time.Millisecond), goroutines, after, heap>>10, heapAfter>>10)
	// Each idle connection to the engine has two, of at most sixteen that are kept.
	assert.LessOrEqual(t, after, goroutines+32)
	assert.Less(t, heapAfter, heap+4<<20)
}

func load(t *testing.T, r *rig, id string, commands, sessions int) {
	t.Helper()
	var all errgroup.Group
	all.SetLimit(8)
	for range commands {
		all.Go(func() error {
			got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Shell: "echo out; exit 3", Timeout: timeout})
			if err == nil && (got.ExitCode != 3 || got.Stdout != "out\n") {
				t.Errorf("a command gave %+v", got)
			}
			return err
		})
	}
	for range sessions {
		all.Go(func() error { return converse(t, r, id) })
	}
	require.NoError(t, all.Wait())
}

func converse(t *testing.T, r *rig, id string) error {
	session, err := r.client.Interactive(r.ctx, id, runnerclient.InteractiveSpec{Shell: "cat; exit 4"})
	if err != nil {
		return err
	}
	if _, err := session.Write([]byte("hello")); err != nil {
		return err
	}
	if err := session.CloseInput(); err != nil {
		return err
	}
	var stdout bytes.Buffer
	code, err := session.Wait(&stdout, &stdout)
	if err == nil && (code != 4 || stdout.String() != "hello") {
		t.Errorf("a session gave %d %q", code, stdout.String())
	}
	return err
}

// settled counts goroutines and the heap once idle connections are closed.
func settled(r *rig) (goroutines int, heap uint64) {
	r.client.Close()
	require.Eventually(r.t, func() bool {
		before := goroutines
		goroutines = runtime.NumGoroutine()
		return goroutines == before
	}, timeout, 50*time.Millisecond, "goroutines end")
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return goroutines, stats.HeapAlloc
}
