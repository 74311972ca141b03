package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/devproxy/internal/screen"
)

// live is the terminal of `up` where a person sits at it: an area that shows
// the state, below what is printed, and keys. A nil one is that of a file or a
// pipe, where everything is printed and nothing else.
type live struct {
	screen  *screen.Screen
	out     *screen.Source
	keys    *screen.Keys // nil where the input is somebody else's
	again   chan struct{}
	cmd     *cobra.Command
	admin   *admin
	url     string
	signals chan<- os.Signal

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	work   context.Context // of what keys start; ends with giveUp
	giveUp context.CancelFunc
	tasks  sync.WaitGroup
	closes sync.Once

	mu     sync.Mutex
	ready  bool // now is known
	now    runnerstatus.Snapshot
	menu   []string // backends that a number chooses; nil while nothing is asked
	doing  string   // what a key started
	level  string   // from which on the log is shown; "" when that cannot be changed
	before string   // l pressed it up
}

// liveTerminal says whether there is somebody to see an area: both streams are
// a terminal that can move its cursor, and nobody said otherwise.
func (o *upOptions) liveTerminal(cmd *cobra.Command) bool {
	for _, stream := range []any{cmd.OutOrStdout(), cmd.ErrOrStderr()} {
		if fd := fileOf(stream); fd < 0 || !term.IsTerminal(fd) {
			return false
		}
	}
	return canMove(os.Getenv) && !o.noLive && !o.json && screen.Foreground(os.Stdout)
}

// canMove is false for terminals that only print, and for pipelines, whose
// terminal is a file in the end.
func canMove(getenv func(string) string) bool {
	return getenv("TERM") != "dumb" && getenv("TERM") != "" && getenv("CI") == ""
}

// openLive takes the terminal over, as far as it is shared from now on: cmd
// and Caddy's log print through it. close gives it back.
func (o *upOptions) openLive(cmd *cobra.Command, p project, s *site, signals chan<- os.Signal) (*live, error) {
	terminal := o.liveTerminal(cmd)
	config, level, err := logTo(s.config, o.logLevel, terminal)
	if err != nil || !terminal {
		s.config = config
		return nil, err
	}
	fd := fileOf(cmd.OutOrStdout())
	size := func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil {
			return 0, 0
		}
		return width, height
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	l := &live{
		screen: screen.New(os.Stdout, size, os.Getenv), again: make(chan struct{}, 1), cmd: cmd, admin: newAdmin(p), url: s.url,
		signals: signals, ctx: ctx, cancel: cancel, level: level,
	}
	l.work, l.giveUp = context.WithCancel(ctx)
	s.config = config
	l.out = l.screen.Source("")
	shared.Store(l.screen)
	if err := shareFirst(); err != nil {
		cancel()
		return nil, err
	}
	browser.Stdout, browser.Stderr = l.out, l.out
	cmd.SetOut(l.out)
	cmd.SetErr(l.out)
	l.takeKeys()
	l.show()
	l.tasks.Go(func() { l.job().Follow(ctx) })
	return l, nil
}

// follow shows what Caddy's runner does from now on.
func (l *live) follow() {
	if l == nil {
		return
	}
	l.tasks.Go(func() {
		caddymodule.Follow(l.ctx, func(now runnerstatus.Snapshot) {
			l.mu.Lock()
			if len(now.Backends) > 0 || !l.ready { // one that is closing has none left
				l.now, l.ready = now, true
			}
			l.mu.Unlock()
			l.show()
		})
	})
}

// show draws what is known.
func (l *live) show() {
	l.mu.Lock()
	v := view{url: l.url, now: l.now, ready: l.ready, at: time.Now(), keys: l.keys != nil, menu: l.menu, doing: l.doing}
	l.mu.Unlock()
	v.width, _ = l.width()
	v.paint = func(style, text string) string { return paint(os.Stdout, style, text) }
	l.screen.Show(v.rows())
}

func (l *live) width() (int, error) {
	width, _, err := term.GetSize(fileOf(os.Stdout))
	return width, err
}

// job has the area leave when the process is stopped, and come back with it.
func (l *live) job() screen.Job {
	away := false
	back := func() {
		if !screen.Foreground(os.Stdout) || l.keys != nil && !l.keys.Again() {
			away = true // in the background, where it only prints
			l.screen.Suspend()
			return
		}
		away = false
		select {
		case l.again <- struct{}{}:
		default:
		}
		l.screen.Resume()
	}
	return screen.Job{
		Resized: func() {
			l.show()
			l.screen.Refresh()
		},
		Stop: func() {
			l.screen.Suspend()
			if l.keys != nil {
				l.keys.Pause()
			}
		},
		Go: back,
		Look: func() {
			if away {
				back()
			}
		},
	}
}

// source prints lines of somebody else's, each behind prefix.
func (l *live) source(prefix string) *screen.Source { return l.screen.Source(prefix) }

// stopping gives up what keys have started, silently.
func (l *live) stopping() {
	if l != nil {
		l.giveUp()
	}
}

// close leaves the terminal as it was found. What is printed afterwards goes
// straight to it.
func (l *live) close() {
	if l == nil {
		return
	}
	l.closes.Do(func() {
		l.cancel()
		l.tasks.Wait()
		l.screen.Close()
		if l.keys != nil {
			l.keys.Release()
		}
	})
}
