package main

import "github.com/same-origin/devproxy/caddymodule/runnerstatus"

// verdict is what a command says of a build.
type verdict string

const (
	isGood   verdict = "good"
	isBad    verdict = "bad"
	isUntold verdict = "skipped"
)

// search halves a row of builds, the oldest first, of which one is known to be
// good and a later one to be bad.
type search struct {
	row       []runnerstatus.Build
	good, bad int // indexes
	skipped   map[int]bool
}

// next is the build to test; false when none between the two is left. Of
// those that are skipped the neighbours are tried.
func (s *search) next() (int, bool) {
	middle := s.good + (s.bad-s.good)/2
	for off := 0; off < s.bad-s.good; off++ {
		for _, i := range []int{middle - off, middle + off} {
			if i > s.good && i < s.bad && !s.skipped[i] {
				return i, true
			}
		}
	}
	return 0, false
}

func (s *search) learn(i int, v verdict) {
	switch v {
	case isGood:
		s.good = i
	case isBad:
		s.bad = i
	case isUntold:
		s.skipped[i] = true
	}
}

// suspects are the builds of which one is the first bad one.
func (s *search) suspects() []runnerstatus.Build { return s.row[s.good+1 : s.bad+1] }

// steps is about how many builds are still to be tested.
func (s *search) steps() (n int) {
	for left := s.bad - s.good - 1; left > 0; left /= 2 {
		n++
	}
	return n
}
