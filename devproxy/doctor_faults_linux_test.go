package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

// provoked is a fault that a test makes, and what must be said of it.
type provoked struct {
	code    string
	state   string // tells whether the exit code is 1, which the ward checks
	words   string // expression that finds the evidence
	provoke func(*ward)
	mend    func(*ward, finding) // does what the fix says
}

// fix is `doctor --fix`, with what it must leave undone under --dry-run.
func fix(w *ward, f finding) { w.t.Helper(); w.mends(f.Code) }

func TestDoctor_names_and_mends_each_of_20_provoked_faults(t *testing.T) {
	kinds := map[string]bool{}
	for _, group := range [][]provoked{folderFaults, machineFaults, nodeFaults, composeFaults, certificateFaults, engineFaults} {
		for _, c := range group {
			kinds[c.code] = true
			t.Run(c.code, func(t *testing.T) { c.check(t) })
		}
	}
	assert.GreaterOrEqual(t, len(kinds), 20, "kinds of faults")
}

func (c provoked) check(t *testing.T) {
	w := newWard(t)
	c.provoke(w)
	f := named(t, w.doctor(), c.code)
	assert.Equal(t, c.state, f.State)
	assert.Regexp(t, c.words, f.Cause+"\n"+f.Evidence)
	c.mend(w, f)
	w.lacks(c.code)
}

// remove takes a file of the folder away.
func (w *ward) remove(name string) {
	w.t.Helper()
	assert.NoError(w.t, os.RemoveAll(w.at(name)))
}

// writing is a mend, or a fault, that is a file.
func writing(name, content string) func(*ward) { return func(w *ward) { w.write(name, content) } }

func mending(do func(*ward)) func(*ward, finding) { return func(w *ward, _ finding) { do(w) } }

// environ sets a variable over the others.
func (w *ward) environ(assignments ...string) { w.env = append(w.env, assignments...) }
