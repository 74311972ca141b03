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
}

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
