package engine

import (
	"fmt"
	"strings"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
)

// found is what one look at an extension's folder gave.
type found struct {
	*loaded
	state loop.State
	ext   *extension.Extension // nil when there is nothing to use
	err   error
}

// look looks at every folder, in the order of the configuration. The first of
// two extensions with one id has it.
func (e *Engine) look() []found {
	list := e.loaded()
	out := make([]found, len(list))
	holders := map[string]string{}
	for i, l := range list {
		state := l.loop.State()
		out[i] = found{loaded: l, state: state, ext: state.Extension, err: state.Err}
		if state.Extension != nil {
			out[i].claim(holders)
		}
		e.report(out[i])
	}
	return out
}

// claim gives the id to the folder, or says who has it.
func (f *found) claim(holders map[string]string) {
	if holder, taken := holders[f.ext.ID]; taken {
		f.err = fmt.Errorf("extension %s is loaded from %s already; change name or publisher in %s/manifest.json", f.ext.ID, holder, f.loop.Dir())
		f.ext = nil
		return
	}
	holders[f.ext.ID] = f.loop.Dir()
}

// faultLog remembers what was said of a folder, so that it is said once.
type faultLog struct {
	mu   sync.Mutex
	said string
}

// report logs when a folder gets a fault, another one, or none.
func (e *Engine) report(f found) {
	now := ""
	if f.err != nil {
		now = f.err.Error()
	}
	f.faults.mu.Lock()
	before := f.faults.said
	f.faults.said = now
	f.faults.mu.Unlock()
	switch {
	case now == before:
	case now != "":
		e.log.Warn("extension: "+strings.ReplaceAll(now, f.loop.Dir(), shortened(f.loop.Dir())), "dir", f.loop.Dir(), "code", "manifest_invalid")
	default:
		e.log.Info("extension is in order again", "dir", f.loop.Dir())
	}
}
