// require.go contains the fail-fast mode: a backend that is not optional must
// answer before devproxy starts.

package caddymodule

import (
	"errors"
	"sync/atomic"

	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// unmet is the newest start that failed for a backend that is not optional.
var unmet atomic.Pointer[monitor.RequiredError]

// Unmet says why the last start failed, if it did for a backend that is not
// optional: Caddy passes on an error's words only. what is empty otherwise.
func Unmet() (what, fix string) {
	if err := unmet.Load(); err != nil {
		return err.Error(), err.Fix()
	}
	return "", ""
}

func (a *App) require() error {
	unmet.Store(nil)
	settings, err := a.settings()
	if err != nil {
		return err
	}
	if a.engine.Settings().Backends == nil { // a config that fails must not take the log of one that runs
		a.engine.SetLogger(a.ctx.Slogger())
	}
	err = a.engine.Require(a.ctx, settings)
	var required *monitor.RequiredError
	if errors.As(err, &required) {
		unmet.Store(required)
	}
	return err
}
