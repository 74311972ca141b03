package loop

import (
	"context"
	"io/fs"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// prepared is how preparing a candidate ended.
type prepared struct {
	*Candidate
	Verdict
}

// keptHandler is the last good handler, which answers while the newest one
// cannot.
type keptHandler struct {
	name    string
	content []byte
	at      time.Time
}

// offer publishes c when it is known to answer, at once where that needs no
// proof or where there is nothing to lose.
func (l *Loop) offer(ctx context.Context, c Candidate) {
	now := l.published
	if now.Bundle != nil && now.Bundle.Hash == c.Hash {
		l.supersede()
		if now.earlier { // by chance the newest is the same
			l.commit(c)
			return
		}
		l.unchanged(c)
		return
	}
	c.Handler = handlerDigest(c.Bundle) != handlerDigest(now.Bundle)
	switch {
	case !c.HasHandler && now.Bundle != nil && now.HasHandler && c.API != nil:
		// a build that deletes before it writes, or failed between the two
		l.keep(now.Bundle)
		l.publish(ctx)
	case !l.proof(c):
		l.supersede()
		l.commit(c)
	case !l.proven:
		l.handler, c.early = starting, true
		l.commit(c)
		l.prepare(ctx, c)
	default:
		l.prepare(ctx, c)
	}
}

// proof says that c must be seen to answer: a new handler is compiled, and
// another process has to fetch all of it.
func (l *Loop) proof(c Candidate) bool { return (c.Handler && c.HasHandler) || l.elsewhere }

var starting = runnerstatus.Handler{Status: "building", Message: "the handler is being compiled; this takes some seconds the first time"}

// prepare begins to prepare c, in place of what was being prepared.
func (l *Loop) prepare(ctx context.Context, c Candidate) {
	l.withdraw()
	ctx, cancel := context.WithCancel(ctx)
	l.cancelPrepare = cancel
	l.candidate.Store(&c)
	if c.wish == nil {
		l.hooks.Bus.Publish(event.Preparing{Extension: c.ID, Build: c.Bundle.Build(), At: time.Now()})
	}
	kind := event.Compiling
	if l.elsewhere {
		kind = event.Warming
	}
	work := l.hooks.Tasks.Begin(kind, c.ID, "")
	l.tasks.Go(func() {
		defer work.End()
		verdict := l.hooks.Prepare(ctx, c)
		select {
		case l.prepared <- prepared{&c, verdict}:
		case <-ctx.Done():
		}
	})
}

// withdraw drops the candidate.
func (l *Loop) withdraw() {
	if dropped := l.release(); dropped != nil {
		dropped.wish.end(ErrOvertaken)
	}
}

// release ends the preparing of the candidate, and gives it.
func (l *Loop) release() *Candidate {
	l.cancelPrepare()
	return l.candidate.Swap(nil)
}

// supersede drops a candidate that would come over what is newer. One that is
// published already waits for a verdict on its handler, which is still wanted.
func (l *Loop) supersede() {
	if waits := l.candidate.Load(); waits != nil && !waits.early {
		l.withdraw()
	}
}

// answered publishes what was prepared, or says why it cannot be.
func (l *Loop) answered(ctx context.Context, p prepared) {
	if l.candidate.Load() != p.Candidate {
		return // superseded, perhaps by one of the same content: this says nothing of that
	}
	if p.wish != nil && len(p.Problems) > 0 {
		l.disappoint(ctx, p)
		return
	}
	if len(p.Problems) == 0 {
		if l.refused && p.wish == nil {
			delete(l.failures, event.Handler)
			l.refused = false
		}
		l.proven = true
		if p.HasHandler {
			l.handler = runnerstatus.Handler{Status: "ready"}
		}
		if p.Candidate.Handler {
			l.verdict = p.Verdict
		}
		l.release()
		if p.early {
			l.warnings = l.check(l.published)
			l.show()
			l.announce(l.published, nil, event.None)
			return
		}
		l.commit(*p.Candidate)
		return
	}
	l.withdraw()
	if p.early {
		l.handler = handlerFault(p.Problems[0])
	}
	l.refused = true
	l.fail(event.Handler, build.Result{Problems: p.Problems})
	if !p.early && p.Handler && l.published.HasHandler {
		l.keep(l.published.Bundle)
		l.publishMeanwhile(ctx)
	}
}

func handlerFault(p event.Problem) runnerstatus.Handler {
	status := "failed"
	if p.Code == CodeUnsupported {
		status = "unsupported"
	}
	return runnerstatus.Handler{Status: status, Message: p.String(), Fix: p.Fix}
}

// Codes of what keeps a handler from answering.
const (
	CodeUnsupported = "handler_unsupported" // dist/main.wasm is nothing that a runner can execute
	CodeHandler     = "handler_failed"      // it cannot be loaded or initialised
)

// keep has the handler of a bundle go on, whatever the folder holds.
func (l *Loop) keep(good *bundle.Bundle) {
	for _, name := range []string{extension.SourceFile, extension.HandlerFile} {
		if content, err := fs.ReadFile(good.Files(), name); err == nil {
			l.kept = &keptHandler{name: name, content: content, at: time.Now()}
			return
		}
	}
}

// unchanged says that a folder is in order again without new content.
func (l *Loop) unchanged(c Candidate) {
	delete(l.failures, bundling)
	l.done(c)
	l.show()
	if l.awaited {
		l.announce(c, nil, event.None)
	}
	l.save()
}

// handlerDigest tells handlers apart.
func handlerDigest(b *bundle.Bundle) string {
	if b == nil {
		return ""
	}
	if digest, ok := b.Digest(extension.SourceFile); ok {
		return digest
	}
	digest, _ := b.Digest(extension.HandlerFile)
	return digest
}
