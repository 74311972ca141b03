//go:build unix

// soak_test.go contains the soak test: the real binary under mixed load, while
// a random sequence of disturbances befalls the runner, the engine, the app,
// the extension's files and devproxy itself.

package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// soakDefault is how long disturbances go on unless DEVPROXY_SOAK says so.
	soakDefault = time.Minute
	// settleLimit is how long anything may take to answer again: on a busy
	// machine, componentizing a handler is most of it.
	settleLimit = 5 * time.Minute
)

func TestSoak_nothing_is_lost_left_or_undocumented_whatever_befalls_it(t *testing.T) {
	length, seed := soakSettings(t)
	t.Logf("again with: DEVPROXY_SOAK=%s DEVPROXY_SOAK_SEED=%d", length, seed)
	s := newSoak(t, seed)
	s.begin()
	for over := time.Now().Add(length); time.Now().Before(over); {
		s.disturb()
	}
	s.finish()
}

// soakSettings are of the environment, as scripts/soak sets it.
func soakSettings(t *testing.T) (time.Duration, uint64) {
	t.Helper()
	length, seed := soakDefault, uint64(time.Now().UnixNano())
	var err error
	if text := os.Getenv("DEVPROXY_SOAK"); text != "" {
		length, err = time.ParseDuration(text)
		require.NoError(t, err, "DEVPROXY_SOAK")
	}
	if text := os.Getenv("DEVPROXY_SOAK_SEED"); text != "" {
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "DEVPROXY_SOAK_SEED")
	}
	return length, seed
}

// soak is one run.
type soak struct {
	t      *testing.T
	random *rand.Rand
	place  *soakPlace // what devproxy serves, and where its state is
	load   *soakLoad
	deck   []soakDisturbance // what comes next
	dealt  map[string]int

	*started // the devproxy of now
	restful  usage
}

func newSoak(t *testing.T, seed uint64) *soak {
	t.Helper()
	return &soak{t: t, random: rand.New(rand.NewPCG(seed, seed)), place: newSoakPlace(t), dealt: map[string]int{}}
}

// begin starts devproxy and the load, and counts what it holds when nobody asks
// for anything.
func (s *soak) begin() {
	s.t.Helper()
	s.t.Cleanup(s.clear)
	s.start("0")
	s.load = newSoakLoad(s.t, s.url)
	s.settle("the first start")
	s.load.run()
	s.newLife()
}

// clear removes what a failed run leaves in the engine.
func (s *soak) clear() {
	if !s.t.Failed() || s.started == nil {
		return
	}
	down := exec.Command(s.cmd.Path, "down", "-v")
	down.Env = s.cmd.Env
	if out, err := down.CombinedOutput(); err != nil {
		s.t.Logf("clearing up: %v: %s", err, out)
	}
}

// disturb does the next thing. One in three is followed by another one before
// anything has settled.
func (s *soak) disturb() {
	s.t.Helper()
	if len(s.deck) == 0 {
		s.shuffle()
	}
	next := s.deck[0]
	s.deck = s.deck[1:]
	s.dealt[next.name]++
	s.t.Logf("%s  %s", time.Now().Format(time.TimeOnly), next.name)
	for _, what := range next.disturbs {
		s.load.unrest[what].begin()
	}
	next.do(s)
	if s.random.IntN(3) > 0 {
		s.settle(next.name)
	}
	s.load.check()
}

// shuffle puts all disturbances into a new order. In a run the engine's end
// comes first, so that the shortest has it.
func (s *soak) shuffle() {
	s.deck = soakDisturbances()
	if s.place.engine != nil {
		s.deck = append(engineDisturbances(), s.deck...)
	}
	rest := s.deck
	if len(s.dealt) == 0 {
		rest = rest[1:]
	}
	s.random.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
}

// finish looks at what is served in the end, and at what is left.
func (s *soak) finish() {
	s.t.Helper()
	s.settle("the end")
	s.use("embedded")
	s.settle("the end, embedded")
	s.use("docker")
	s.settle("the end, docker")
	s.endLife()
	s.load.report(s.dealt)
	s.leavesNothing()
	s.leavesNothingInEngine()
}
