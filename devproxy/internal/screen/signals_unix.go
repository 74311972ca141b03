//go:build unix

package screen

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Job are the moments at which the terminal is another.
type Job struct {
	Resized func()
	Stop    func() // the process is about to be stopped, by Ctrl-Z
	Go      func() // it goes on, perhaps in the background
}

// Follow calls job's functions, one at a time, until ctx ends.
func (job Job) Follow(ctx context.Context) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT)
	defer signal.Stop(signals)
	for {
		select {
		case <-ctx.Done():
			return
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
