package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// grace is how long the processes of a build that is cut short have to end by
// themselves, and how long one that has ended may leave others holding its
// output.
const grace = 2 * time.Second

// Command is a program of the developer that builds.
type Command struct {
	Dir  string   // where it runs; problems are told relative to it
	Args []string // the program and its arguments
	text string   // what the developer wrote, for a shell command
}

// Shell gives the command that has the system's shell run text in dir.
func Shell(dir, text string) Command {
	return Command{Dir: dir, Args: shell(text), text: text}
}

// Posix gives the program and its arguments for a system with a POSIX shell,
// whatever this one has.
func (c Command) Posix() []string {
	if c.text != "" {
		return []string{"sh", "-c", c.text}
	}
	return c.Args
}

// String gives the command as the developer would type it.
func (c Command) String() string {
	if c.text != "" {
		return c.text
	}
	return strings.Join(c.Args, " ")
}

// Execute runs the command with the developer's environment and without a
// terminal, and returns when it and all it started have ended. out gets each
// line that it prints, from one goroutine, without colours; it may be nil.
// When ctx ends, so does the whole process group: politely at first, by force
// after two seconds; the result is then superseded.
func Execute(ctx context.Context, c Command, out func(line string)) Result {
	return Carry(ctx, c, c.Dir, out, c.run)
}

// Carry is Execute for a command that run carries out in its own way: it writes
// what the command prints, from one goroutine, and returns soon after ctx ends.
// An [Error] that it returns is told as it is. root is what the command takes for
// c.Dir.
func Carry(ctx context.Context, c Command, root string, out func(line string), run func(context.Context, io.Writer) error) Result {
	began := time.Now()
	printed := &lines{each: out}
	err := run(ctx, printed)
	printed.end()
	result := Result{Command: c.String(), Output: printed.last(), Took: time.Since(began)}
	switch {
	case ctx.Err() != nil:
		result.Superseded = true
	case err != nil:
		result.Problems = c.problems(root, err, result.Output)
	default:
		result.Warnings = parse(root, c.Dir, result.Output).warnings
	}
	return result
}

func (c Command) run(ctx context.Context, out io.Writer) error {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, environment()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = grace
	ownSession(cmd)
	cmd.Cancel = func() error { return terminate(cmd) }
	release, err := guard(cmd)
	if err != nil {
		return fmt.Errorf("starting %s: %w", c, err)
	}
	defer release()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", c, err)
	}
	err = cmd.Wait()
	// Whoever of the group is left ignored the request, or was left behind.
	kill(cmd)
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil // it ended well, but somebody kept its output open
	}
	return err
}

// environment is the developer's own, without what makes tools print colours
// where there is no terminal. NO_COLOR rather than FORCE_COLOR=0: some tools
// take any value of that for a yes.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "FORCE_COLOR=") || strings.HasPrefix(pair, "CLICOLOR_FORCE=")
	})
	return append(env, "NO_COLOR=1", "DEVPROXY_BUILD=1")
}

// problems gives what the output names, or else how the command ended.
func (c Command) problems(root string, err error, output []string) []event.Problem {
	var told *Error
	if errors.As(err, &told) {
		return []event.Problem{told.Problem}
	}
	if found := parse(root, c.Dir, output).problems; len(found) > 0 {
		return found
	}
	if errors.Is(err, exec.ErrNotFound) {
		return []event.Problem{{Code: CodeNoTool,
			Message: fmt.Sprintf("%s is not installed, or not on the PATH", c.Args[0]),
			Fix:     fmt.Sprintf("install %s, or name another command with `build` in the extension block of the Caddyfile", c.Args[0])}}
	}
	problem := event.Problem{Code: CodeFailed, Message: fmt.Sprintf("`%s` ended with: %v", c, err),
		Fix: fmt.Sprintf("run `%s` in %s to see it alone", c, c.Dir)}
	if text := telling(output); text != "" {
		problem.Message = text
	}
	if c.lacksModules() {
		problem.Fix = fmt.Sprintf("install the extension's packages: run `%s install` in %s", packageFile{dir: c.Dir}.managerOr("npm"), c.Dir)
	}
	return []event.Problem{problem}
}

// lacksModules says that there is a package.json, and nothing was installed
// for it.
func (c Command) lacksModules() bool {
	if !isFile(c.Dir, "package.json") {
		return false
	}
	for dir := c.Dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "node_modules")); err == nil {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
