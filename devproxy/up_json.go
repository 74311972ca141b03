// up_json.go contains the lines of `up --json`: up once everything listens, a
// change for each thing that happens, stopped as the last.

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
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
	// signal and for one before anything listened.
	Reason       string `json:"reason" jsonschema:"enum=asked,enum=app_exited,enum=forced"`
	Milliseconds int64  `json:"ms"` // since the command was called
}

// stream writes the documents, from several goroutines. A nil one is that of a
// person, who reads no JSON.
type stream struct {
	out     io.Writer
	err     io.Writer
	signals chan<- os.Signal
	begun   time.Time

	mu     sync.Mutex
	opened bool // up is written
	ending bool // stopping is, too
	closed bool // stopped is, or nobody reads
}

func newStream(cmd *cobra.Command, signals chan<- os.Signal, begun time.Time) *stream {
	return &stream{out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(), signals: signals, begun: begun}
}

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
		}, func(change runnerstatus.Change) { s.write("change", &changeDocument{Change: change}) })
		s.stopping()
	}()
	<-written.Done()
	return nil
}

func (s *stream) open(first *upDocument, now runnerstatus.Snapshot) {
	s.mu.Lock()
	s.opened = true
	s.mu.Unlock()
	first.Time, first.Status = time.Now(), now
	first.Milliseconds = first.Time.Sub(s.begun).Milliseconds()
	s.write("up", first)
}

// write ends devproxy when nobody reads any more: who asked for the lines is
// gone.
func (s *stream) write(name string, d document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.opened {
		return
	}
	if err := writeJSON(s.out, name, d); err != nil {
		s.closed = true
		fmt.Fprintln(s.err, "devproxy: nobody reads the output:", err)
		select {
		case s.signals <- os.Interrupt:
		default: // it is ending already
		}
	}
}

// stopping is written once, whoever asked for the end.
func (s *stream) stopping() {
	if s == nil {
		return
	}
	s.mu.Lock()
	told := s.ending
	s.ending = true
	s.mu.Unlock()
	if !told {
		s.write("change", &changeDocument{Change: runnerstatus.Change{Time: time.Now(), What: runnerstatus.Stopping}})
	}
}

// stopped writes the last line.
func (s *stream) stopped(reason string) {
	if s == nil {
		return
	}
	s.stopping()
	now := time.Now()
	s.write("stopped", &stoppedDocument{Time: now, Reason: reason, Milliseconds: now.Sub(s.begun).Milliseconds()})
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
}
