// usage.go contains what extensions were seen to use. It outlives the records.

package record

import (
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// usage is what each extension used.
type usage map[string]*Used

// mostNames bounds the hosts and secrets that are told apart.
const mostNames = 200

// Used is what one extension used since Since.
type Used struct {
	Executes  int               `json:"executes"`
	Since     time.Time         `json:"since"`
	Functions map[string]*Count `json:"functions"` // by "storage#get"
	Hosts     map[string]*Count `json:"hosts"`
	Secrets   map[string]*Count `json:"secrets"`

	fresh bool // something was seen for the first time, and is not saved
}

// Count is how often, and how often it was refused.
type Count struct {
	Calls  int       `json:"calls"`
	Denied int       `json:"denied,omitempty"`
	Last   time.Time `json:"last"`
	// Reason is that of the last denial; empty since it was granted.
	Reason string `json:"reason,omitempty"`
}

func (u *usage) add(e runnerstatus.Execute) {
	if e.Trace == nil || e.Trace.Repeated {
		return
	}
	if *u == nil {
		*u = usage{}
	}
	used := (*u)[e.Extension]
	if used == nil {
		used = &Used{Since: e.Time, Functions: map[string]*Count{}, Hosts: map[string]*Count{}, Secrets: map[string]*Count{}}
		(*u)[e.Extension] = used
	}
	used.Executes++
	for _, line := range e.Trace.Lines {
		used.count(used.Functions, "logging#log-"+line.Level, e.Time, trace.Call{Outcome: "ok"})
	}
	for _, call := range e.Trace.Calls {
		used.call(call, e.Time)
	}
}

func (u *Used) call(c trace.Call, at time.Time) {
	// a host that may not be reached is no lack of the capability
	function := c
	if c.Function == "http#fetch" && c.Outcome == trace.Denied && strings.Contains(c.Reason, "egress") {
		function.Outcome = "ok"
	}
	u.count(u.Functions, c.Function, at, function)
	switch c.Function {
	case "http#fetch":
		_, address, _ := strings.Cut(c.Target, "://")
		host, _, _ := strings.Cut(address, "/")
		u.count(u.Hosts, host, at, c)
	case "secrets#get":
		if c.Outcome == "missing" {
			c.Outcome = trace.Denied
		}
		u.count(u.Secrets, c.Target, at, c)
	}
}

func (u *Used) count(in map[string]*Count, name string, at time.Time, c trace.Call) {
	if in[name] == nil {
		if name == "" || len(in) >= mostNames {
			return
		}
		in[name], u.fresh = new(Count), true
	}
	n := in[name]
	n.Calls++
	n.Last = at
	if reason := n.Reason; c.Outcome == trace.Denied {
		n.Denied++
		n.Reason = c.Reason
		if n.Reason == "" {
			n.Reason = c.Outcome
		}
		u.fresh = u.fresh || reason == ""
	} else {
		u.fresh = u.fresh || reason != ""
		n.Reason = ""
	}
}

// news says whether there is something that was not saved, and takes it for
// saved.
func (u usage) news() (any bool) {
	for _, used := range u {
		any = any || used.fresh
		used.fresh = false
	}
	return any
}

// Used is what an extension was seen to use; the zero value when it was not
// seen at all.
func (s *Store) Used(extension string) Used {
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	if used := s.usage[extension]; used != nil {
		return Used{used.Executes, used.Since, copied(used.Functions), copied(used.Hosts), copied(used.Secrets), false}
	}
	return Used{}
}

func copied(in map[string]*Count) map[string]*Count {
	out := make(map[string]*Count, len(in))
	for name, count := range in {
		own := *count
		out[name] = &own
	}
	return out
}
