package guest

import (
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/sys"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// stubs stand for what a component is built without. componentize-js puts
// such into the component; for a strict run from source they are here.
// A nil *stubs replaces nothing.
type stubs struct {
	clocks, random, stdio bool // what is replaced
	loaded                time.Time
}

func newStubs(b source.Build) *stubs {
	return &stubs{
		clocks: !b.Has("clocks"), random: !b.Has("random"), stdio: !b.Has("stdio"),
		loaded: time.Now().Truncate(time.Millisecond), // as componentize-js does
	}
}

// apply stops the clock of a guest built without one.
func (s *stubs) apply(config wazero.ModuleConfig) wazero.ModuleConfig {
	if !s.stopClock() {
		return config
	}
	walltime := func() (int64, int32) { return s.loaded.Unix(), int32(s.loaded.Nanosecond()) }
	return config.
		WithWalltime(walltime, sys.ClockResolution(time.Millisecond)).
		WithNanotime(s.loaded.UnixNano, sys.ClockResolution(time.Millisecond))
}

func (s *stubs) stopClock() bool    { return s != nil && s.clocks }
func (s *stubs) repeatRandom() bool { return s != nil && s.random }
func (s *stubs) dropConsole() bool  { return s != nil && s.stdio }

// repeating is the generator that components built without randomness have:
// it starts anew in each run.
type repeating uint64

// Constants of the generator, as componentize-js writes them into components.
const (
	repeatingStep = 0xa0761d6478bd642f
	repeatingMix  = 0xe7037ed1a0b428db
)

func (g *repeating) next() uint64 {
	*g += repeatingStep
	return uint64(*g) * (uint64(*g) ^ repeatingMix)
}
