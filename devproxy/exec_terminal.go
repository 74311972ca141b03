package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/same-origin/devproxy/compose/docker"
)

// shareTerminal gives the command a terminal when it is talked to and heard
// through one: then each key goes to it, Ctrl-C too. What it returns takes the
// terminal back.
func shareTerminal(ctx context.Context, spec *docker.ExecSpec) (restore func(), err error) {
	in, out := fileOf(spec.Stdin), fileOf(spec.Stdout)
	if in < 0 || out < 0 || !term.IsTerminal(in) || !term.IsTerminal(out) {
		return func() {}, nil
	}
	before, err := term.MakeRaw(in)
	if err != nil {
		return nil, fmt.Errorf("preparing the terminal: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	sizes := make(chan docker.Size)
	var watch sync.WaitGroup
	watch.Go(func() { watchSize(ctx, out, sizes) })
	spec.TTY, spec.Sizes, spec.Env = true, sizes, []string{"TERM=" + os.Getenv("TERM")}
	return func() {
		cancel()
		watch.Wait()
		_ = term.Restore(in, before) // nothing can be done about it
	}, nil
}

func fileOf(stream any) int {
	if file, ok := stream.(*os.File); ok {
		return int(file.Fd())
	}
	return -1
}

// sizePause is how soon the command hears that the window has another size.
// Asking is what works on every system.
const sizePause = 250 * time.Millisecond

// watchSize sends the terminal's size, and each other one that it takes.
func watchSize(ctx context.Context, fd int, sizes chan<- docker.Size) {
	tick := time.NewTicker(sizePause)
	defer tick.Stop()
	var last docker.Size
	for {
		width, height, err := term.GetSize(fd)
		if now := (docker.Size{Width: uint(width), Height: uint(height)}); err == nil && now != last {
			select {
			case sizes <- now:
				last = now
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
