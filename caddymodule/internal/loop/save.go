package loop

import "github.com/same-origin/devproxy/caddymodule/internal/event"

// bundling is what fails when all is built and no bundle comes of it, or none
// that outlives this process.
const bundling event.Target = "bundle"

// save keeps what is published for the next process. Pages have it by then, as
// nobody waits for a disk, and go on having it when that is full.
func (l *Loop) save() {
	if err := l.history.Save(); err != nil {
		l.broken(err)
	}
}
