// changes_standing.go contains the changes that two states show: what a backend
// is, and which problems stand.

package caddymodule

import (
	"cmp"
	"reflect"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// standing tells in what now differs from before.
func (c *changes) standing(before, now runnerstatus.Snapshot) {
	c.backends(before, now)
	was := map[string][]runnerstatus.Problem{}
	for _, x := range before.Extensions {
		was[x.Dir] = whatIsWrong(x)
	}
	for _, x := range now.Extensions {
		c.problems(x.Dir, cmp.Or(x.ID, x.Dir), was[x.Dir], whatIsWrong(x))
		delete(was, x.Dir)
	}
	for dir, list := range was { // it is no longer there, and nor is what was wrong with it
		c.problems(dir, dir, list, nil)
	}
	switch now.Error {
	case before.Error:
	case "":
		c.now(runnerstatus.Change{What: runnerstatus.Mended})
	default:
		c.now(runnerstatus.Change{What: runnerstatus.Wrong, Message: now.Error})
	}
}

func (c *changes) backends(before, now runnerstatus.Snapshot) {
	was := map[string]runnerstatus.Backend{}
	for _, b := range before.Backends {
		was[b.Name] = b
	}
	for _, b := range now.Backends {
		old, known := was[b.Name]
		if known && old.Status == b.Status && codeOf(old.Error) == codeOf(b.Error) {
			continue
		}
		c.now(runnerstatus.Change{What: runnerstatus.Stands, Backend: b.Name, Status: b.Status, Generation: b.Generation, Error: b.Error})
	}
}

// codeOf tells faults apart: their words may hold times and addresses.
func codeOf(f *runnerstatus.Fault) string {
	if f == nil {
		return ""
	}
	return f.Code
}

// problems tells under one name what is wrong and that it is mended: an extension
// is its folder as long as nobody can read its manifest.
func (c *changes) problems(dir, extension string, before, now []runnerstatus.Problem) {
	told, known := c.wrong[dir]
	if known && (len(now) == 0 || told != extension) {
		c.now(runnerstatus.Change{What: runnerstatus.Mended, Extension: told})
		delete(c.wrong, dir)
	}
	if len(now) > 0 && (told != extension || !reflect.DeepEqual(before, now)) {
		c.now(runnerstatus.Change{What: runnerstatus.Wrong, Extension: extension, Problems: now})
		c.wrong[dir] = extension
	}
}

// whatIsWrong are what keeps the newest save of an extension from being shown.
func whatIsWrong(x runnerstatus.Extension) []runnerstatus.Problem {
	if len(x.Problems) == 0 && x.Error != nil {
		return []runnerstatus.Problem{{Code: x.Error.Code, Message: x.Error.Message, Fix: x.Error.Fix}}
	}
	return x.Problems
}

func (c *changes) now(change runnerstatus.Change) {
	change.Time = time.Now()
	c.tell(change)
}
