package workshop

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/compose/launcher"
)

const (
	// Sources is where a container finds the extension's folder.
	Sources = "/src"
	// DefaultTimeout is when a build is killed.
	DefaultTimeout = 10 * time.Minute
	// grace is what a build gets to end by itself. It has nothing to lose, and
	// the first process of a container mostly ignores the request.
	grace = 2 * time.Second
)

// room is one kind of container. It implements [build.Runner].
type room struct {
	workshop  *Workshop
	container build.Container
}

// Run builds in a worker. When ctx ends, so does the worker, at once.
func (r *room) Run(ctx context.Context, c build.Command, out func(line string)) build.Result {
	return build.Carry(ctx, c, Sources, out, func(ctx context.Context, printed io.Writer) error {
		err := r.run(ctx, c, printed)
		if err != nil && ctx.Err() == nil {
			return fault(err)
		}
		return err
	})
}

func (r *room) run(ctx context.Context, c build.Command, printed io.Writer) error {
	known, err := r.secrets()
	if err != nil {
		return err
	}
	if err := r.makeOutputs(c.Dir); err != nil {
		return err
	}
	workers, err := r.workshop.open(ctx)
	if err != nil {
		return err
	}
	image, local, err := r.image(ctx, printed)
	if err != nil {
		return err
	}
	worker, err := workers.Dispatch(ctx, r.job(c, image, local, known, printed))
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { worker.Kill(0) })
	defer stop()
	// not ctx: nothing may be printed to those who have left
	outcome, err := worker.Wait(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	return r.verdict(c, outcome)
}

func (r *room) job(c build.Command, image string, local bool, known secrets, printed io.Writer) launcher.Job {
	hide := known.hider()
	args := c.Posix()
	mine := r.workshop.returns(c)
	return launcher.Job{
		ID: "build-" + uuid.NewString(), Type: kind, Project: mine.project, Item: c.String(),
		Image: image, Local: local, Entrypoint: args[:1], Command: args[1:], WorkingDir: Sources,
		Memory: r.container.Memory, Timeout: r.timeout(), Grace: grace, Snapshot: r.container.Snapshot,
		ReadOnly: map[string]string{Sources: c.Dir}, Scratch: r.scratch(), Env: []string{"NO_COLOR=1", "DEVPROXY_BUILD=1"},
		Credentials: known.credentials(),
		Output:      func(line string) { fmt.Fprintln(printed, hide.Replace(line)) },
		Collect:     func(ctx context.Context, tree launcher.Tree) error { return mine.collect(ctx, r.outputs(), tree) },
	}
}

func (r *room) timeout() time.Duration { return cmp.Or(r.container.Timeout, DefaultTimeout) }

// outputs are the folders that come back, relative and with slashes.
func (r *room) outputs() []string {
	if len(r.container.Outputs) == 0 {
		return []string{"dist"}
	}
	list := make([]string, len(r.container.Outputs))
	for i, output := range r.container.Outputs {
		list[i] = path.Clean(filepath.ToSlash(output))
	}
	return list
}

func (r *room) scratch() []string {
	var list []string
	for _, output := range r.outputs() {
		list = append(list, path.Join(Sources, output))
	}
	return list
}

// makeOutputs makes the folders that a container writes to: it cannot make them
// itself where it can only read.
func (r *room) makeOutputs(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening extension folder: %w", err)
	}
	defer root.Close()
	for _, output := range r.outputs() {
		err := root.MkdirAll(filepath.FromSlash(output), 0o755)
		if info, failed := root.Stat(filepath.FromSlash(output)); err != nil || failed != nil || !info.IsDir() {
			return refused(output, errors.Join(err, failed, errNoFolder))
		}
	}
	return nil
}

var errNoFolder = errors.New("it is no folder of the extension")

// returns says where what a command makes comes to.
func (w *Workshop) returns(c build.Command) returns {
	sum := sha256.Sum256([]byte(c.Dir))
	project := filepath.Base(c.Dir) + "-" + hex.EncodeToString(sum[:6])
	record := sha256.Sum256([]byte(project + "\x00" + c.String()))
	state := w.config().StateDir
	return returns{dir: c.Dir, project: project, state: state, record: filepath.Join(state, "returned", hex.EncodeToString(record[:8])+".json")}
}

// Interface guards
var _ build.Runner = (*room)(nil)
