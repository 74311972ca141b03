package stack

import (
	"fmt"
	"strconv"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/expression"
)

// Doing is what is done to an image.
type Doing string

// What may take long.
const (
	Building Doing = "building" // the subject is a service
	Pulling  Doing = "pulling"  // the subject is an image
)

// Work is told how far something has got.
type Work interface {
	// Update says what it is at, and which share of 1 is done; 0 as long as
	// that is not known.
	Update(detail string, share float64)
	End()
}

func (s *Stack) begin(doing Doing, subject string) Work {
	if s.Begin == nil {
		return unheard{}
	}
	return s.Begin(doing, subject)
}

// unheard is work that nobody follows.
type unheard struct{}

func (unheard) Update(string, float64) {}
func (unheard) End()                   {}

// stepNumber is what BuildKit puts before a step: "[2/5] RUN …", "[base 2/5] …".
var stepNumber = expression.WhenNeeded(`^\[(?:\S+ )?(\d+)/(\d+)\] `)

// reached takes the step that began or ended as how far a build has got. The
// share is one of its stage's steps, which weigh the same here.
func reached(w Work, event docker.BuildEvent) {
	if event.Output != nil || event.Step == "" {
		return
	}
	match := stepNumber().FindStringSubmatch(event.Step)
	if match == nil {
		w.Update(event.Step, 0)
		return
	}
	at, _ := strconv.Atoi(match[1])
	of, _ := strconv.Atoi(match[2])
	if !event.Done && !event.Cached {
		at--
	}
	w.Update(event.Step, float64(at)/float64(max(of, 1)))
}

// pulled takes the layers' bytes as how far a pull has got.
func pulled(w Work) func(done, total int64) {
	return func(done, total int64) {
		const mega = 1e6
		w.Update(fmt.Sprintf("%.0f of %.0f MB", float64(done)/mega, float64(total)/mega), float64(done)/float64(max(total, 1)))
	}
}
