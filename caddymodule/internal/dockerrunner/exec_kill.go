package dockerrunner

import (
	"context"
	"errors"
	"io"
	"time"
)

// killScript kills whatever carries the mark, until nothing does: a process may
// start another one meanwhile. It fails where nothing was found at all. Shells drop
// the zeros between variables; grep may take the first of them for the end.
const killScript = `exec 2>/dev/null
found=1
for round in 1 2 3 4 5 6 7 8 9 10; do
  again=
  for dir in /proc/[0-9]*; do
    case $(cat "$dir/environ") in *"$1"*)
      kill -9 "${dir#/proc/}"
      again=1 found=0
    esac
  done
  [ -n "$again" ] || break
done
exit $found`

const (
	// killLimit bounds all of a kill.
	killLimit = 45 * time.Second
	// killPatience is how long a killed command may take to be gone.
	killPatience = 3 * time.Second
)

// kill ends a marked command with all that it started. Where it cannot be reached,
// in an image without a shell for instance, its container is stopped.
func (e *execution) kill(ctx context.Context) {
	ctx, cancel := e.service.aftermath(ctx, killLimit)
	defer cancel()
	if e.killMarked(ctx) == nil {
		return
	}
	e.service.log.Load().Warn("a command cannot be killed, so its container is stopped", "containerId", e.container)
	if err := e.service.halt(ctx, e.container, defaultGrace); err != nil {
		e.service.log.Load().Warn("stopping the container of a command that timed out", "containerId", e.container, "error", err)
	}
}

// killers are who kills: the command's own user may read the environment of its
// processes; of others', only root with all rights, which not every engine gives.
var killers = []execSpec{{}, {User: "0", Privileged: true}}

func (e *execution) killMarked(ctx context.Context) (err error) {
	for _, killer := range killers {
		killer.Cmd = []string{"/bin/sh", "-c", killScript, "kill", e.mark}
		if err = e.killAs(ctx, killer); err == nil {
			return nil
		}
	}
	return err
}

func (e *execution) killAs(ctx context.Context, spec execSpec) error {
	ctx, cancel := context.WithTimeout(ctx, killPatience)
	defer cancel()
	killer, err := e.service.execute(ctx, e.container, spec, false)
	if err != nil {
		return err
	}
	defer killer.Close()
	if err := killer.output(io.Discard, io.Discard, true); err != nil {
		return err
	}
	code, err := killer.exit(ctx)
	if err != nil {
		return err
	}
	if code != 0 {
		return errors.New("the command was not found in its container")
	}
	_, err = e.exit(ctx) // the command's own end is what tells
	return err
}
