// up_json.go contains the lines of `up --json`: up once everything listens, a
// change for each thing that happens, stopped as the last.

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// upDocument says that everything listens, and what there is.
type upDocument struct {
	form
	Time         time.Time `json:"time"`
	URL          string    `json:"url" jsonschema:"format=uri"` // of the origin
	Milliseconds int64     `json:"ms"`                          // since the command was called
	PID          int       `json:"pid"`
	Config       string    `json:"config"`            // the file, or "built-in Caddyfile"
	Addresses    []string  `json:"addresses"`         // host:port of each
	Apps         []string  `json:"apps"`              // URL or folder of what gets the rest of the origin; "" is the example host
	Command      []string  `json:"command,omitempty"` // of the app; what it prints goes to stderr
	Notes        []string  `json:"notes,omitempty"`   // words for a person
	// Status is what `status --json` tells.
	Status runnerstatus.Snapshot `json:"status"`
}

// changeDocument says what happened.
type changeDocument struct {
	form
	runnerstatus.Change
}

// stoppedDocument is the last line.
type stoppedDocument struct {
	form
	Time time.Time `json:"time"`
	// Reason is asked for a signal or `down`, app_exited, or forced for a second
	// signal.
	Reason       string `json:"reason" jsonschema:"enum=asked,enum=app_exited,enum=forced"`
	Milliseconds int64  `json:"ms"` // since the command was called
}

const (
	// waitingLines may wait for a reader, until changes wait, too.
	waitingLines = 256
	// lastPatience is how long the end waits for a reader who is slow, for each
	// of its two lines and until they are written.
	lastPatience = time.Second
)

// stream hands the documents of several goroutines to the one that writes them:
// whoever reads no further must not keep devproxy from ending. A nil one is that
// of a person, who reads no JSON.
type stream struct {
	out     io.Writer
	err     io.Writer
	signals chan<- os.Signal
	begun   time.Time

	lines   chan waitingLine
	written chan struct{} // closed after the last line, or when nobody reads any more
	opened  atomic.Bool   // up stands in line
	end     sync.Once
	ending  atomic.Bool
}

// waitingLine is a document that is to be written.
type waitingLine struct {
	name string
	document
}

func newStream(cmd *cobra.Command, signals chan<- os.Signal, begun time.Time) *stream {
	return &stream{
		out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), signals: signals, begun: begun,
		lines: make(chan waitingLine, waitingLines), written: make(chan struct{}),
	}
}

// print ends devproxy when nobody reads any more: who asked for the lines is
// gone.
func (s *stream) print() {
	defer close(s.written)
	for l := range s.lines {
		err := writeJSON(s.out, l.name, l.document)
		if _, last := l.document.(*stoppedDocument); last {
			return
		}
		if err == nil {
			continue
		}
		if !s.ending.Load() {
			fmt.Fprintln(s.err, "devproxy: nobody reads the output:", err)
			select {
			case s.signals <- unread{}:
			default: // it is ending already
			}
		}
		return
	}
}

// unread stands for a signal where the reader is gone.
type unread struct{}

func (unread) String() string { return "nobody reads the output" }
func (unread) Signal()        {}

// begin writes the first document, and has the others follow until the runner
// ends.
func (s *stream) begin(ctx context.Context, p project, site site, command []string) error {
	r, err := routesOf(site.config)
	if err != nil {
		return err
	}
	first := &upDocument{URL: site.url, PID: os.Getpid(), Config: site.source, Addresses: site.addresses, Apps: append([]string{}, r.apps...), Command: command, Notes: site.notes(p)}
	written, opened := context.WithCancel(ctx)
	go func() {
		defer opened()
		caddymodule.Changes(ctx, func(now runnerstatus.Snapshot) {
			now.URL = site.url
			s.open(first, now)
			opened()
		}, func(change runnerstatus.Change) { s.put(nil, "change", &changeDocument{Change: change}) })
	}()
	<-written.Done()
	return nil
}

// open lets the others follow, which are dropped until then.
func (s *stream) open(first *upDocument, now runnerstatus.Snapshot) {
	first.Time, first.Status = time.Now(), now
	first.Milliseconds = first.Time.Sub(s.begun).Milliseconds()
	s.lines <- waitingLine{"up", first} // there is room: it is the first
	s.opened.Store(true)
	go s.print() // until the last line, or the end of the process
}

// put waits for room until the deadline; without one as long as somebody reads.
func (s *stream) put(deadline <-chan time.Time, name string, d document) {
	if !s.opened.Load() {
		return
	}
	select {
	case s.lines <- waitingLine{name, d}:
	case <-s.written:
	case <-deadline:
	}
}

// stopping is written once, whoever asked for the end.
func (s *stream) stopping() {
	if s == nil {
		return
	}
	s.ending.Store(true)
	s.end.Do(func() {
		s.put(time.After(lastPatience), "change", &changeDocument{Change: runnerstatus.Change{Time: time.Now(), What: runnerstatus.Stopping}})
	})
}

// stopped writes the last line, and waits until it is.
func (s *stream) stopped(reason string) {
	if s == nil {
		return
	}
	s.stopping()
	now := time.Now()
	s.put(time.After(lastPatience), "stopped", &stoppedDocument{Time: now, Reason: reason, Milliseconds: now.Sub(s.begun).Milliseconds()})
	if !s.opened.Load() {
		return
	}
	select {
	case <-s.written:
	case <-time.After(lastPatience):
	}
}
