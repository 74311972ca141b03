package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/devproxy/internal/screen"
)

const (
	// askPause is how often a devproxy in another process is asked.
	askPause = 250 * time.Millisecond
	// tellAfter is how long something goes on before a file or a pipe gets a
	// line about it.
	tellAfter = time.Second
)

// progress shows what goes on while a command waits for it: on a terminal as
// rows that leave again, else as a line when something takes long, and another
// when it has ended. A nil one shows nothing.
type progress struct {
	err    io.Writer
	screen *screen.Screen // nil where stderr is no terminal

	mu   sync.Mutex
	told map[string]runnerstatus.Task
}

// newProgress shows on stderr, unless quiet.
func newProgress(cmd *cobra.Command, quiet bool) *progress {
	if quiet {
		return nil
	}
	p := &progress{err: cmd.ErrOrStderr(), told: map[string]runnerstatus.Task{}}
	fd := fileOf(p.err)
	if fd < 0 || !term.IsTerminal(fd) || !canMove(os.Getenv) || !screen.Foreground(os.Stderr) {
		return p
	}
	p.screen = screen.New(p.err, func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil {
			return 0, 0
		}
		return width, height
	}, os.Getenv)
	return p
}

// show takes what goes on now.
func (p *progress) show(now runnerstatus.Snapshot) {
	if p == nil {
		return
	}
	v := view{now: now, at: time.Now(), paint: func(style, text string) string { return paint(p.err, style, text) }}
	if p.screen != nil {
		p.screen.Show(v.tasks())
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := p.told
	p.told = map[string]runnerstatus.Task{}
	for _, t := range now.Tasks {
		key := t.Began.String() + t.Kind + t.Subject
		_, known := ended[key]
		if !known && v.at.Sub(t.Began) >= tellAfter {
			fmt.Fprintf(p.err, "devproxy: %s …\n", t)
			known = true
		}
		if delete(ended, key); known {
			p.told[key] = t
		}
	}
	for _, t := range ended {
		t.Share = 0
		fmt.Fprintf(p.err, "devproxy: %s: ended after %s\n", t, t.Progress(v.at))
	}
}

// close takes the rows away.
func (p *progress) close() {
	switch {
	case p == nil:
	case p.screen != nil:
		p.screen.Close()
	default:
		p.show(runnerstatus.Snapshot{})
	}
}

// follow shows what the running devproxy does, until stop.
func (p *progress) follow(ctx context.Context, a *admin) (stop func()) {
	if p == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() {
		tick := time.NewTicker(askPause)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var now runnerstatus.Snapshot
			if a.status(ctx, &now) == nil { // the command itself says what is wrong
				p.show(now)
			}
		}
	})
	return func() {
		cancel()
		asking.Wait()
		p.close()
	}
}
