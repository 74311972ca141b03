// frozen.go contains an image in a file, which the memories of instances begin
// with and none of them changes.

package guest

import (
	"os"
	"sync"
)

// frozen is the memory of a program's image in a file. An instance maps it and
// has pages of its own of what it writes, and of no more: nothing is allocated,
// zeroed and copied for what it leaves alone. It is made by the first run.
type frozen struct {
	once sync.Once
	file *os.File // closed with the last that knows it; nil where there is none

	mu     sync.Mutex
	seen   int    // of the first runs
	fewest []span // that one of them has written to
}

// span is a part of a memory, in bytes.
type span struct{ from, to int }

// firstRuns is how many runs are watched for what they write to.
const firstRuns = 3

// of freezes i, once, and lets its data go; that stays where it cannot be frozen.
func (f *frozen) of(i *image) *os.File {
	f.once.Do(func() {
		if i.pages == 0 || len(i.segments) == 0 {
			return
		}
		file, err := freeze(i)
		if err != nil {
			return // every instance gets a copy then
		}
		f.file, i.segments = file, nil
	})
	return f.file
}

// learnFrom remembers which parts of its memory a run has written to. Nearly all
// are the engine's own, and every run writes to them: for the next ones they are
// copied at once, which takes less than a fault for each page. One run that wrote
// to more than others is no measure for them. memory is nil if it has a copy of
// the image.
func (f *frozen) learnFrom(memory []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == firstRuns || memory == nil {
		return
	}
	written, known := writtenOf(memory)
	switch {
	case !known:
		f.seen, f.fewest = firstRuns, nil
		return
	case f.seen == 0 || sizeOf(written) < sizeOf(f.fewest):
		f.fewest = written
	}
	f.seen++
}

// usual is what a run is going to write to, most likely; none before that is known.
func (f *frozen) usual() []span {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen < firstRuns {
		return nil
	}
	return f.fewest
}

func sizeOf(spans []span) (bytes int) {
	for _, s := range spans {
		bytes += s.to - s.from
	}
	return bytes
}
