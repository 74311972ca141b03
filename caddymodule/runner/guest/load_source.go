package guest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// Source is a handler as JavaScript, not built into a component.
type Source struct {
	// JS is the bundled ES module that exports handler. Its only imports are
	// those of the interface.
	JS []byte
	// Name is the file that errors and stack traces name; default handler.js.
	Name string
	// Build says which engine runs it, fitted to which interface.
	Build source.Build
	// Strict gives the handler what the component will have in production, as
	// far as it is known: of the features that Build leaves out, clocks stand
	// still at the time of loading and timers trap, random numbers are the same
	// in each run, and what is printed is dropped. Otherwise there are a real
	// clock, timers and randomness, and the console goes to the host's log.
	//
	// What differs from production even so: what the handler throws is named
	// in the trap's message, and `fetch` of the web platform is never there.
	Strict bool
}

const (
	defaultSourceName = "handler.js"

	// initTimeout bounds the top level of a handler's module, which takes 40 ms
	// when it does nothing unusual.
	initTimeout = 5 * time.Second

	// fitTimeout bounds the splicer, which takes a few seconds.
	fitTimeout = 2 * time.Minute
)

// LoadSource implements Engine.
func (e *wazeroEngine) LoadSource(ctx context.Context, s Source) (Program, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("loading a handler's source: %w", err)
	}
	s.Name = cmp.Or(s.Name, defaultSourceName)
	inputs, err := e.splicer.Read(s.Build)
	if err != nil {
		return nil, err
	}
	return e.share(ctx, s.hash(inputs), func() (*program, error) {
		base, err := e.bases.of(inputs)
		if err != nil {
			return nil, err
		}
		return base.load(s)
	})
}

// hash tells sources apart, from each other and from components.
func (s Source) hash(inputs source.Inputs) contentHash {
	sum := sha256.New()
	fmt.Fprintf(sum, "source %x %q %q %t\n", inputs.Key, s.Name, s.Build.Features, s.Strict)
	sum.Write(s.JS)
	return contentHash(sum.Sum(nil))
}

// load initialises the handler and keeps the state that it is in then.
func (b *base) load(s Source) (*program, error) {
	p := newProgram(b.engine, b.shape, b.start, b.template)
	p.base = b
	start, err := b.initialise(p, s)
	if err != nil {
		return nil, err
	}
	p.start = start
	if s.Strict {
		p.stubs = newStubs(s.Build)
	}
	return p, nil
}
