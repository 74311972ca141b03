// write.go contains how a call becomes a record, away from its request.

package record

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// write keeps what comes, one by one, until the store is closed.
func (s *Store) write() {
	for {
		select {
		case <-s.closed:
			return
		case next := <-s.queue:
			if next.done == nil {
				s.keep(cloned(next.execute))
				continue
			}
			close(next.done)
		}
	}
}

func (s *Store) keep(e runnerstatus.Execute) {
	s.Redactor().Execute(&e)
	line, err := json.Marshal(e)
	if err == nil && len(line) > longestLine {
		// of a foreign runner's trace, or of bodies that JSON writes at length
		e.Trace = nil
		for _, body := range []*runnerstatus.Body{e.Request.Body, e.Answer.Body} {
			if body != nil && body.Left == "" {
				leave(body, "too large")
			}
		}
		line, err = json.Marshal(e)
	}
	if err != nil || len(line) > longestLine {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.executes = append(s.executes, kept{e, len(line) + 1})
	s.bytes += len(line) + 1
	for len(s.executes) > mostExecutes || s.bytes > mostBytes {
		s.bytes -= s.executes[0].size
		s.executes = slices.Delete(s.executes, 0, 1)
	}
	s.usage.add(e)
	s.disk.append(line, s.executes, s.usage)
}

// cloned shares nothing that is blanked in place.
func cloned(e runnerstatus.Execute) runnerstatus.Execute {
	e.Request.Query, e.Request.Headers, e.Answer.Headers = maps.Clone(e.Request.Query), maps.Clone(e.Request.Headers), maps.Clone(e.Answer.Headers)
	for _, body := range []**runnerstatus.Body{&e.Request.Body, &e.Answer.Body} {
		if *body != nil {
			own := **body
			*body = &own
		}
	}
	if e.Trace != nil {
		own := *e.Trace
		own.Steps, own.Calls, own.Lines = slices.Clone(own.Steps), slices.Clone(own.Calls), slices.Clone(own.Lines)
		e.Trace = &own
	}
	return e
}
