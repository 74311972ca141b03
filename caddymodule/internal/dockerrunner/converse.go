// converse.go contains an interactive command that runs: what it writes goes out,
// what the client sends goes in, and either may end it.

package dockerrunner

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// closeGrace is how long a command may go on once its client closed its input or
// left. After that it is detached from.
const closeGrace = 10 * time.Second

// capturedChars is how much of each stream the exit frame repeats.
const capturedChars = 256 << 10

// errLeft says that nobody listens any more.
var errLeft = errors.New("the client left")

// conversation is one interactive command.
type conversation struct {
	conn   *websocket.Conn
	exec   *execution
	cancel context.CancelCauseFunc
	grace  *time.Timer
	once   sync.Once
	left   chan struct{} // closed when the client has left
}

// converse runs a command to its end. What goes wrong is reported while the client
// can still be told.
func (s *Service) converse(ctx context.Context, cancel context.CancelCauseFunc, conn *websocket.Conn, q interactiveQuery, report func(error)) {
	found, err := s.alive(ctx, q.container)
	if err != nil {
		report(err)
		return
	}
	defer s.use(found)()
	exec, err := s.execute(ctx, found.ID, q.spec, q.spec.TTY)
	if err != nil {
		report(err)
		return
	}
	t := &conversation{conn: conn, exec: exec, cancel: cancel, left: make(chan struct{})}
	defer t.stop()
	var reader sync.WaitGroup
	defer reader.Wait()
	defer func() { _ = conn.CloseNow() }() // it may be closed regularly
	defer exec.Close()
	if send(conn, serverFrame{Type: "ready", ExecID: exec.id}) != nil {
		return
	}
	reader.Go(func() { t.listen(ctx) })
	if err := t.speak(ctx, q.demux); err != nil {
		report(err)
	}
}

// speak passes on what the command writes, then how it ended.
func (t *conversation) speak(ctx context.Context, demux bool) error {
	stdout, stderr := &speaker{conn: t.conn, name: "stdout"}, &speaker{conn: t.conn, name: "stderr"}
	err := t.exec.output(stdout, stderr, demux)
	code := unknownExit
	if err == nil {
		code, err = t.exec.exit(ctx)
	}
	if t.hasLeft() {
		t.hangUp(ctx)
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, errDetached) {
		return err
	}
	exit := exitFrame{Type: "exit", ExecID: t.exec.id, ExitCode: code, Stdout: stdout.said.bytes(), Stderr: stderr.said.bytes()}
	if send(t.conn, exit) == nil {
		_ = t.conn.Close(websocket.StatusNormalClosure, "")
	}
	return nil
}

// errDetached ends a conversation whose command goes on after its input ended.
var errDetached = errors.New("the command goes on without its client")

// endInput ends the command's input and gives it the grace period to end too.
func (t *conversation) endInput(then error) {
	t.once.Do(func() {
		_ = t.exec.CloseWrite() // it may have ended
		t.grace = time.AfterFunc(closeGrace, func() { t.cancel(then) })
	})
}

func (t *conversation) stop() {
	t.once.Do(func() {}) // from here on no timer is made
	if t.grace != nil {
		t.grace.Stop()
	}
}

func (t *conversation) hasLeft() bool {
	select {
	case <-t.left:
		return true
	default:
		return false
	}
}

// hangUp ends the command of a terminal that is gone, as terminals do.
func (t *conversation) hangUp(ctx context.Context) {
	if t.exec.mark == "" {
		return
	}
	ctx, cancel := t.exec.service.aftermath(ctx, killLimit)
	defer cancel()
	if _, running, err := t.exec.look(ctx); err == nil && running {
		_ = t.exec.killMarked(ctx) // without a shell it goes on, as by contract
	}
}
