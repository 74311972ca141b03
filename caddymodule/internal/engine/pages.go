package engine

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"github.com/same-origin/devproxy/caddymodule/internal/livereload"
)

// LiveReload says how pages show a new build.
type LiveReload struct {
	Mode                          livereload.Mode
	NoOverlay, NoBadge, NoConsole bool
	// Editor is the command that opens a file; empty takes $VISUAL, else
	// $EDITOR.
	Editor string
}

// pages is the browser's end of the change loops.
type pages struct {
	current atomic.Pointer[livereload.Live]
	made    LiveReload
	stop    atomic.Pointer[context.CancelFunc] // of current's streams
}

// Live is the browser's end of the change loops; nil before the first Apply.
func (e *Engine) Live() *livereload.Live { return e.pages.current.Load() }

// applyPages makes another Live when its settings changed; pages that are open
// then load again to find it.
func (e *Engine) applyPages(s Settings) error {
	if e.Live() != nil && e.pages.made == s.LiveReload {
		return nil
	}
	open, err := e.editor(s.LiveReload)
	if err != nil {
		return err
	}
	live, err := livereload.New(livereload.Config{
		Bus: &e.bus, Folder: e.folder, Open: open, Logger: e.log,
		NoOverlay: s.LiveReload.NoOverlay, NoBadge: s.LiveReload.NoBadge, NoConsole: s.LiveReload.NoConsole,
	})
	if err != nil {
		return err
	}
	e.pages.leave()
	ctx, cancel := context.WithCancel(e.ctx)
	run := live.Subscribe()
	e.background(func(context.Context) { run(ctx) })
	e.pages.made = s.LiveReload
	e.pages.stop.Store(&cancel)
	e.pages.current.Store(live)
	return e.announce()
}

// leave ends the streams of the pages that are open.
func (p *pages) leave() {
	if stop := p.stop.Load(); stop != nil {
		(*stop)()
	}
}

// Leave ends the event streams of all pages, which are told to come back later.
// It is for a process that ends: a server waits for what runs, and a stream runs
// until its page is closed. Whatever else the engine does goes on.
func (e *Engine) Leave() {
	e.pages.leave()
	e.board.Leave()
}

// announce tells a new reader what is published already.
func (e *Engine) announce() error {
	for _, l := range e.loaded() {
		if err := l.loop.Announce(e.ctx); err != nil {
			return err
		}
	}
	return nil
}

// editor is how a place is opened; nil when nobody named an editor that a
// browser can open.
func (e *Engine) editor(s LiveReload) (livereload.Opener, error) {
	command := livereload.EditorCommand(s.Editor, os.Getenv)
	open, err := livereload.NewOpener(command)
	switch {
	case err == nil:
		return open, nil
	case s.Editor != "":
		return nil, err
	case !errors.Is(err, livereload.ErrNoEditor):
		e.log.Debug("messages in pages open no editor", "reason", err)
	}
	return nil, nil
}

func (e *Engine) folder(id string) (string, bool) {
	for _, l := range e.loaded() {
		if ext := l.loop.State().Extension; ext != nil && ext.ID == id {
			return l.loop.Dir(), true
		}
	}
	return "", false
}
