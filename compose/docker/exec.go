package docker

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// ExecSpec is a command to run inside a running container.
type ExecSpec struct {
	Cmd        []string
	Env        []string // KEY=value, beyond the container's own
	User       string
	WorkingDir string
	Privileged bool
	TTY        bool
	Stdin      io.Reader // nil: none
	Stdout     io.Writer // nil: dropped
	Stderr     io.Writer // nil: dropped; unused with a terminal
	// Sizes are what the terminal is to take in turn. Default: the engine's own.
	Sizes <-chan Size
}

// Size is that of a terminal, in characters.
type Size struct{ Width, Height uint }

// Exec runs a command and returns its exit code. The end of the context ends the
// wait, not the command: engines cannot kill one.
func (e *Engine) Exec(ctx context.Context, id string, spec ExecSpec) (int, error) {
	made, err := e.cli.ContainerExecCreate(ctx, id, container.ExecOptions{
		Cmd: spec.Cmd, Env: spec.Env, User: spec.User, Privileged: spec.Privileged, WorkingDir: spec.WorkingDir, Tty: spec.TTY,
		AttachStdin: spec.Stdin != nil, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return 0, mapped("executing in container", short(id), err)
	}
	stream, err := e.cli.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{Tty: spec.TTY})
	if err != nil {
		return 0, mapped("executing in container", short(id), err)
	}
	// Closing the connection is what ends both copies when the context does.
	defer context.AfterFunc(ctx, stream.Close)()
	defer stream.Close()
	if spec.Stdin != nil {
		// Owned by the connection; a reader that blocks for ever (a terminal)
		// outlives the command, as it does in every shell.
		go func() {
			_, _ = io.Copy(stream.Conn, spec.Stdin)
			_ = stream.CloseWrite()
		}()
	}
	defer e.resize(ctx, made.ID, spec.Sizes)()
	if err := spec.copyOutput(stream.Reader); ctx.Err() != nil {
		return 0, ctx.Err()
	} else if err != nil {
		return 0, mapped("reading output of container", short(id), err)
	}
	ended, err := e.cli.ContainerExecInspect(ctx, made.ID)
	return ended.ExitCode, mapped("executing in container", short(id), err)
}

// resizePause is between attempts: engines refuse until the command has started.
const resizePause = 20 * time.Millisecond

// resize passes sizes on until what it returns is called.
func (e *Engine) resize(ctx context.Context, id string, sizes <-chan Size) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var size Size
		var retry <-chan time.Time
		for {
			select {
			case size = <-sizes:
			case <-retry:
			case <-ctx.Done():
				return
			}
			retry = nil
			if e.cli.ContainerExecResize(ctx, id, container.ResizeOptions{Width: size.Width, Height: size.Height}) != nil {
				retry = time.After(resizePause)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (s ExecSpec) copyOutput(from io.Reader) error {
	stdout, stderr := s.Stdout, s.Stderr
	if stdout == nil {
		stdout = io.Discard
	}
	if stderr == nil {
		stderr = io.Discard
	}
	var err error
	if s.TTY {
		_, err = io.Copy(stdout, from)
	} else {
		_, err = stdcopy.StdCopy(stdout, stderr, from)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
