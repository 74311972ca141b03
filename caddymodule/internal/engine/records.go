package engine

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Records is where calls of handlers are kept; nil when they are not.
func (e *Engine) Records() *record.Store { return e.records.Load() }

// applyRecords opens the record, or removes it.
func (e *Engine) applyRecords(s Settings) error {
	dir := filepath.Join(s.StateDir, "executes")
	if !s.Record {
		if err := e.closeRecords(); err != nil {
			return fmt.Errorf("closing the record of calls: %w", err)
		}
		return record.Remove(dir)
	}
	if e.Records() == nil || e.Settings().StateDir != s.StateDir {
		if err := e.closeRecords(); err != nil {
			e.log.Warn("closing the record of calls", "error", err)
		}
		store, err := record.Open(dir)
		if err != nil {
			return err
		}
		e.records.Store(store)
		defer func() { e.board.Recall(recalled(store.List())) }() // once its secrets are known
	}
	values, names := s.secrets()
	e.Records().Hide(values, names)
	return nil
}

func (e *Engine) closeRecords() error {
	store := e.records.Swap(nil)
	if store == nil {
		return nil
	}
	return store.Close()
}

// secrets are the values that must not be kept, and the names that they have.
func (s Settings) secrets() (values, names []string) {
	values = []string{s.ServiceToken}
	for _, b := range s.Backends {
		values = append(values, b.ServiceToken)
	}
	for _, e := range s.Extensions {
		values = slices.AppendSeq(values, maps.Values(e.Secrets))
		names = slices.AppendSeq(names, maps.Keys(e.Secrets))
	}
	return values, names
}

// recalled are records as the dashboard lists them.
func recalled(list []runnerstatus.Execute) []dashboard.Request {
	out := make([]dashboard.Request, 0, len(list))
	for _, e := range list {
		r := dashboard.Request{
			ID: e.ID, Time: e.Time, Method: e.Request.Method, Path: "/api/ext/" + e.Extension + e.Request.Path, Backend: e.Backend, Generation: e.Generation, Build: e.Build,
			Status: e.Answer.Status, MS: e.MS, Code: e.Answer.Code, Execute: &dashboard.Execute{Extension: e.Extension},
		}
		if b := e.Request.Body; b != nil {
			r.Execute.Input = b.Bytes
		}
		if b := e.Answer.Body; b != nil {
			r.Execute.Output, r.Bytes = b.Bytes, b.Bytes
		}
		out = append(out, r)
	}
	return out
}
