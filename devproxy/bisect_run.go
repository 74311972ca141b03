// bisect_run.go contains how one build is tested.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Exit codes of the command, as 'git bisect run' has them. Those from 126 on
// are the shell's own: the command is not there, or a signal ended it.
const (
	exitSkip  = 125
	exitShell = 126
)

// commandGrace is how long the command may take to end after Ctrl-C.
const commandGrace = 3 * time.Second

// test serves a build and runs the command. A build that cannot answer is
// skipped.
func (b *bisection) test(ctx context.Context, i int) (verdict, error) {
	build := b.row[i].Build
	_, err := b.useBuild(ctx, b.of.Dir, build)
	var refused *fault
	switch {
	case errors.As(err, &refused) && refused.Code == "build_unusable":
		fmt.Fprintln(b.out, "devproxy:", refused.Err)
		return b.note(build, isUntold, -1), nil
	case ctx.Err() != nil:
		return "", interruptedBisect()
	case err != nil:
		return "", err
	}
	exit, err := b.execute(ctx, build)
	if err != nil {
		return "", err
	}
	now, err := b.history(ctx)
	switch {
	case ctx.Err() != nil:
		return "", interruptedBisect()
	case err != nil:
		return "", err
	case now.Live != build:
		return "", &fault{Code: "build_overtaken", Exit: exitFailure, Err: fmt.Errorf("build %s answers, not %s, which was tested", now.Live, build),
			Fix: "save nothing meanwhile, nor have the command write into the extension's folder, and begin again"}
	}
	switch exit {
	case 0:
		return b.note(build, isGood, exit), nil
	case exitSkip:
		return b.note(build, isUntold, exit), nil
	}
	return b.note(build, isBad, exit), nil
}

func (b *bisection) note(build string, v verdict, exit int) verdict {
	fmt.Fprintf(b.out, "devproxy: build %s is %s\n", build, v)
	b.found.Steps = append(b.found.Steps, tested{build, v, exit})
	return v
}

func interruptedBisect() *fault {
	return &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("the search was given up"), Fix: "what was served before is served again"}
}

// execute gives the command's exit code; one that says nothing of the build is
// an error.
func (b *bisection) execute(ctx context.Context, build string) (int, error) {
	c := shell(ctx, b.run)
	c.Env = append(os.Environ(), "DEVPROXY_URL="+b.site, "DEVPROXY_BUILD="+build, "DEVPROXY_EXTENSION="+b.of.Extension)
	c.Stdout, c.Stderr = b.out, b.out // what we print is for scripts
	c.Cancel = func() error { terminate(c); return nil }
	c.WaitDelay = commandGrace
	ownGroup(c)
	if err := c.Start(); err != nil {
		return 0, usageFault("app_not_started", "check the command of --run", "starting %s: %w", b.run, err)
	}
	err := c.Wait()
	kill(c) // what it left behind
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, interruptedBisect()
	case errors.As(err, &exit) && (exit.ExitCode() >= exitShell || exit.ExitCode() < 0):
		return 0, &fault{Code: "bisect_aborted", Exit: exitFailure, Err: fmt.Errorf("the command says nothing of build %s: it ended with %w", build, exit),
			Fix: "check the command of --run; 126 and 127 say that it cannot be run or is not there"}
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return 0, fmt.Errorf("running %s: %w", b.run, err)
	}
	return 0, nil
}

// shell has a command line carried out as one is typed.
func shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", line)
	}
	return exec.CommandContext(ctx, "sh", "-c", line)
}
