package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

// stopTime is how long the app may take to end itself; devproxy promises to
// be gone in 3 s.
const stopTime = 1500 * time.Millisecond

// outputDelay is how long the app's output may stay open after it has ended.
const outputDelay = 500 * time.Millisecond

// appProcess is the app's process group. A nil one is one that was not
// asked for: it never ends by itself, and stopping it is nothing.
type appProcess struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	exited chan struct{} // closed after Wait
	err    error         // of Wait, once exited
	stops  sync.Once
	// stopping says that we end the app, not the app itself
	stopping atomic.Bool
	output   *heeded
}

// startApp starts COMMAND, if there is one, on the port that --app got.
func (o *upOptions) startApp(cmd *cobra.Command, l *live) (*appProcess, error) {
	if len(o.command) == 0 {
		return nil, nil
	}
	app, err := url.Parse(o.app)
	if err != nil {
		return nil, fmt.Errorf("choosing the app's address: %w", err)
	}
	c := exec.Command(o.command[0], o.command[1:]...)
	c.Env = append(os.Environ(), "PORT="+app.Port())
	out := &heeded{lineWriter: appOutput(cmd, l)}
	c.Stdout, c.Stderr = out, out
	// what leaves the group may keep the output open; it is not waited for
	c.WaitDelay = outputDelay
	ownGroup(c)
	// an input that never ends: many watchers stop at the end of theirs
	stdin, err := c.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("preparing the app's input: %w", err)
	}
	if err := c.Start(); err != nil {
		return nil, usageFault("app_not_started", "check the command after '--'", "starting %s: %w", strings.Join(o.command, " "), err)
	}
	if err := guard(c); err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy: if devproxy is killed, the app will go on:", err)
	}
	proc := &appProcess{cmd: c, stdin: stdin, exited: make(chan struct{}), output: out}
	go func() {
		if proc.err = c.Wait(); errors.Is(proc.err, exec.ErrWaitDelay) {
			proc.err = nil
		}
		out.Flush()
		close(proc.exited)
	}()
	return proc, nil
}

// lineWriter writes whole lines; Flush those without an end.
type lineWriter interface {
	io.Writer
	Flush()
}

// heeded notes whether anything was written.
type heeded struct {
	lineWriter
	any atomic.Bool
}

func (h *heeded) Write(b []byte) (int, error) {
	h.any.Store(h.any.Load() || len(b) > 0)
	return h.lineWriter.Write(b)
}

func appOutput(cmd *cobra.Command, l *live) lineWriter {
	if l != nil {
		return l.source("[app] ")
	}
	return &prefixed{w: cmd.ErrOrStderr(), prefix: "[app] "}
}

// wait returns when the app ends by itself, which ends devproxy; without an
// app it never returns, and a signal ends the process.
func (p *appProcess) wait() error {
	if p == nil {
		select {}
	}
	<-p.exited
	if p.stopping.Load() {
		select {} // a signal ends us both, and Caddy the process
	}
	p.stop()
	err := p.err
	if err == nil {
		err = errors.New("exit status 0")
	}
	fix := "see its output above"
	if !p.output.any.Load() {
		fix = fmt.Sprintf("it printed nothing; run '%s' by itself to see why, with PORT set to a free port", strings.Join(p.cmd.Args, " "))
	}
	return &fault{Code: "app_exited", Exit: exitFailure, Err: fmt.Errorf("the app ended: %w", err), Fix: fix}
}

// stop ends the whole group: first asked, then forced. It returns when the
// group is gone; further calls wait for the first.
func (p *appProcess) stop() {
	if p == nil {
		return
	}
	p.stopping.Store(true)
	p.stops.Do(func() {
		terminate(p.cmd)
		select {
		case <-p.exited:
		case <-time.After(stopTime):
		}
		// children that outlive their parent are in the group still
		kill(p.cmd)
		<-p.exited
		_ = p.stdin.Close() // nobody reads it any more
	})
}

// kill ends the group at once.
func (p *appProcess) kill() {
	if p != nil {
		kill(p.cmd)
	}
}
