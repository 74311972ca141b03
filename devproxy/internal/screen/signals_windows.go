package screen

import (
	"context"
	"time"
)

// Job are the moments at which the terminal is another.
type Job struct {
	Resized func()
	Stop    func() // nobody stops a process on Windows
	Go      func()
	Look    func() // a moment has passed
}

// lookPause is how often the size is looked at: nobody tells of it.
const lookPause = 250 * time.Millisecond

// Follow calls Resized and Look until ctx ends.
func (job Job) Follow(ctx context.Context) {
	tick := time.NewTicker(lookPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			job.Resized()
			job.Look()
		}
	}
}
