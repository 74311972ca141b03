package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
)

// Carry carries a plan out and returns the generation that is live then: the same
// one where a sync, or a sync and a command, was all, or where a rebuild finds the
// binary that it runs. What the plan synced also
// goes to the generations to come from the same image. On an error the live
// generation goes on, perhaps with some of the files.
func (s *Stack) Carry(ctx context.Context, plan Plan) (*Generation, error) {
	if plan.Rebuild {
		return s.rebuild(ctx, plan.Sync)
	}
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	live := s.Live()
	if live == nil {
		return nil, fmt.Errorf("syncing files to service %s: no generation is live (run restart, or correct what keeps it from starting)", s.Runner)
	}
	s.overlay.add(live.ImageID, plan.Sync)
	if !plan.Restart {
		err := s.sync(ctx, live.Container, plan.Sync)
		if err == nil {
			return live, s.execAll(ctx, live.Container, plan.Exec)
		}
		if !errors.Is(err, errNoRemove) {
			return nil, err
		}
	}
	next, err := s.replace(ctx, live.ImageID, s.runningBinary())
	if err != nil {
		return nil, err
	}
	return next, s.execAll(ctx, next.Container, plan.Exec)
}

func (s *Stack) sync(ctx context.Context, id string, files []docker.Copy) error {
	there, gone := parted(files)
	if len(there) > 0 {
		if err := s.Engine.CopyTo(ctx, id, there); err != nil {
			return err
		}
	}
	return s.erase(ctx, id, gone)
}

func (s *Stack) execAll(ctx context.Context, id string, hooks []types.ServiceHook) error {
	for _, hook := range hooks {
		if err := s.execHook(ctx, id, hook); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) execHook(ctx context.Context, id string, hook types.ServiceHook) error {
	var said bytes.Buffer
	code, err := s.Engine.Exec(ctx, id, docker.ExecSpec{
		Cmd: hook.Command, Env: environ(hook.Environment), User: hook.User, WorkingDir: hook.WorkingDir,
		Privileged: hook.Privileged, Stdout: &said, Stderr: &said,
	})
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("executing %q after a sync: it exits with code %d: %s", strings.Join(hook.Command, " "), code, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

func environ(mapping types.MappingWithEquals) []string {
	var lines []string
	for key, value := range mapping {
		if value != nil {
			lines = append(lines, key+"="+*value)
		}
	}
	return lines
}
