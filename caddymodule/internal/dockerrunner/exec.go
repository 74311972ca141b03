// exec.go contains a command in a container: made, attached to, waited for.

package dockerrunner

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/compose/docker"
)

// markVariable names the variable by which a command and all that it starts are
// found again in their container: engines know only its process on their host.
const markVariable = "DEVPROXY_EXEC"

// execSpec is a command to run.
type execSpec struct {
	Cmd         []string `json:"Cmd"`
	Env         []string `json:"Env,omitempty"`
	WorkingDir  string   `json:"WorkingDir,omitempty"`
	TTY         bool     `json:"Tty"`
	AttachStdin bool     `json:"AttachStdin"`

	AttachStdout bool   `json:"AttachStdout"`
	AttachStderr bool   `json:"AttachStderr"`
	Privileged   bool   `json:"Privileged,omitempty"`
	User         string `json:"User,omitempty"`
}

// execution is a command that was started.
type execution struct {
	service   *Service
	id        string
	container string
	mark      string // "" when it was not marked
	tty       bool
	*docker.Attached
}

// execute starts a command and attaches to it until the context ends. A marked one
// can be killed.
func (s *Service) execute(ctx context.Context, container string, spec execSpec, marked bool) (*execution, error) {
	e := &execution{service: s, container: container, tty: spec.TTY}
	if marked {
		e.mark = markVariable + "=" + uuid.NewString()
		spec.Env = append(spec.Env[:len(spec.Env):len(spec.Env)], e.mark)
	}
	spec.AttachStdout, spec.AttachStderr = true, true
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	var made struct{ ID string }
	create := docker.Request{Method: http.MethodPost, Path: "/containers/" + container + "/exec", Body: bytes.NewReader(body)}
	if err := s.decode(ctx, create, &made); err != nil {
		return nil, err
	}
	e.id = made.ID
	engine, err := s.engine.get(ctx)
	if err != nil {
		return nil, err
	}
	e.Attached, err = engine.Attach(ctx, e.id, e.tty)
	return e, err
}

// output copies what the command writes until it ends.
func (e *execution) output(stdout, stderr io.Writer, demux bool) error {
	if e.tty || !demux {
		_, err := io.Copy(stdout, e)
		return err
	}
	return docker.Demultiplex(stdout, stderr, e)
}

// unknownExit is the exit code of a command of which the engine does not know.
const unknownExit = -1

// The pauses between two looks whether a command has ended.
const (
	firstLook = 5 * time.Millisecond
	lastLook  = 250 * time.Millisecond
)

// exit waits until the command has ended: it may do so after its output.
func (e *execution) exit(ctx context.Context) (int, error) {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		code, running, err := e.look(ctx)
		if hasStatus(err, http.StatusNotFound) {
			return unknownExit, nil // its container is gone
		}
		if err != nil || !running {
			return code, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return unknownExit, context.Cause(ctx)
		}
	}
}

func (e *execution) look(ctx context.Context) (code int, running bool, err error) {
	var found struct {
		Running  bool
		ExitCode *int
	}
	err = e.service.decode(ctx, docker.Request{Method: http.MethodGet, Path: "/exec/" + e.id + "/json"}, &found)
	if found.ExitCode == nil {
		return unknownExit, found.Running, err
	}
	return *found.ExitCode, found.Running, err
}
