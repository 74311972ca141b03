// guard.go contains what keeps requests from a backend that is not ready: how
// long they are held, and what they are answered.

package caddymodule

import (
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
)

// ready waits, at most the hold time, for the backend that r would go to.
func ready(ctx context.Context, r *http.Request, e *engine.Engine) *problem {
	b := e.Selector().For(r)
	if b != nil && b.Ready() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.HoldFor(b))
	defer cancel()
	end := e.Metrics().Hold()
	if e.Selector().Wait(ctx) == nil {
		end(nameOf(b), true)
		return nil
	}
	end(nameOf(b), false)
	fault := notReady(e.Selector().Current())
	return &fault
}

// patience is how long a request looks for a backend that accepts it. One that
// answered a moment ago is probably being restarted, and a request that
// changes nothing may wait for that.
func patience(e *engine.Engine, r *http.Request) time.Duration {
	b := e.Selector().For(r)
	if b == nil || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return repickWindow
	}
	hold := e.Hold()
	if answered := b.Answered(); answered.IsZero() || time.Since(answered) > hold {
		return repickWindow
	}
	return max(hold, repickWindow)
}

// codeDockerNotReady is the origin's: clients know this body, byte by byte.
const codeDockerNotReady = "docker_runner_not_ready"

// notReady answers while the selected backend is starting or down.
func notReady(b *backend.Backend) problem {
	name := nameOf(b)
	if b != nil && (b.Config().Kind == backend.Docker || b.Config().Guarded) {
		return problem{http.StatusServiceUnavailable, codeDockerNotReady, "docker-runner not ready"}
	}
	return problem{http.StatusServiceUnavailable, "runner_not_ready", "the runner (backend " + name + ") is not ready"}
}

//go:embed runner_waiting.html
var waitingText string

var waitingPage = template.Must(template.New("waiting").Parse(waitingText))

// passes says that the problem may go away by itself, so that a page that
// loads itself again is of more use than JSON.
func (p problem) passes() bool {
	return p.code == codeDockerNotReady || p.code == "runner_not_ready" || p.code == "runner_unreachable"
}

// writePage answers a navigation.
func (p problem) writePage(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	return waitingPage.Execute(w, map[string]string{"Code": p.code, "Message": p.message})
}
