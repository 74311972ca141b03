//go:build unix

package screen

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Job are the moments at which the terminal is another.
type Job struct {
	Resized func()
	Stop    func() // the process is about to be stopped, by Ctrl-Z
	Go      func() // it goes on, perhaps in the background
	Look    func() // a moment has passed
}

// lookPause is how often Look is called: of a shell that brings a process that
// runs from the background to the foreground, nobody tells.
const lookPause = 250 * time.Millisecond

// Follow calls job's functions, one at a time, until ctx ends.
func (job Job) Follow(ctx context.Context) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT)
	defer signal.Stop(signals)
	tick := time.NewTicker(lookPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			job.Look()
		case received := <-signals:
			switch received {
			case syscall.SIGWINCH:
				job.Resized()
			case syscall.SIGTSTP:
				job.Stop()
				_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) // cannot fail
			case syscall.SIGCONT:
				job.Go()
			}
		}
	}
}
