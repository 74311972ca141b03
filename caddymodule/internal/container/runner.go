// Package container is the docker backend: the runner as a service of a
// compose project, whose containers it owns and replaces by generations.
//
// The engine starts a [Runner] and hears through [Hooks] which address has the
// traffic; the package calls compose for everything that touches Docker.
package container

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// Hooks are how the engine hears of what happens, in order.
type Hooks struct {
	// Warm gets a generation ready for its first request while the one before
	// serves; on an error it gets no traffic.
	Warm func(context.Context, Live) error
	// Promote hands the traffic to a generation that is ready, and returns
	// when the one before it has none left.
	Promote func(Live) error
	// Answered is when the live generation last answered a request; it is not
	// taken for hung while it does.
	Answered func() time.Time
	// Down says that nothing answers, and why; Degraded that requests are
	// answered all the same; Up takes either back.
	Down     func(code, reason, fix string)
	Degraded func(code, reason, fix string)
	Up       func()
	// Begin lists a task among what goes on, until its End. Default: nobody
	// does.
	Begin func(kind event.Kind, subject string) Work
	Log   *slog.Logger
}

// Live is a generation that is ready.
type Live struct {
	Address string // host:port
	// Dialer is how Address is reached where that takes more than TCP; else nil.
	Dialer     Dialer
	Generation int
	// ServiceToken is to be sent with execute calls; empty for none.
	ServiceToken string
}

// Dialer connects to a generation.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Runner is one project that runs. Close ends it.
type Runner struct {
	cfg   Config
	hooks Hooks

	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	attempts attempts

	folders *folders    // of run's goroutine, as is said
	offered *offer      // of run's goroutine
	said    string      // why it is down, as the log has it
	faulted atomic.Bool // what develop.watch asked for last has failed

	mu       sync.Mutex
	stack    *stack.Stack
	forwards *forwards
	led      *string // the live generation's address; nil before the first
	builds   *buildLog

	furnished atomic.Bool // the runner fetches from cfg.Store
}

// engineRetry is how often an engine that does not answer is looked for again.
const engineRetry = 2 * time.Second

// Start begins to bring the project up, and returns at once: what becomes of
// it is told by the hooks.
func Start(cfg Config, hooks Hooks) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{cfg: cfg, hooks: hooks, ctx: ctx, cancel: cancel, done: make(chan struct{}), attempts: newAttempts()}
	r.builds = &buildLog{file: filepath.Join(cfg.StateDir, "build.log"), report: func(err error) { hooks.Log.Warn("keeping a build's output", "error", err) }}
	r.builds.begin()
	go func() {
		defer close(r.done)
		r.run(ctx)
	}()
	return r
}

func (r *Runner) up(ctx context.Context) (err error) {
	engine, err := docker.Connect(ctx, docker.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // the next attempt has an engine of its own
			_ = engine.Close() // idle connections only: who still asks it may go on
		}
	}()
	r.hooks.Log.Info("using a container engine", "source", engine.Source(), "endpoint", engine.Endpoint(), "api", engine.APIVersion())
	p, err := r.load(ctx, engine)
	if err != nil {
		return err
	}
	if err := r.furnish(ctx, engine, p); err != nil {
		return err
	}
	for _, warning := range p.Warnings {
		r.hooks.Log.Warn(warning.Error(), "code", warning.Code)
	}
	s, err := r.newStack(engine, p)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.stack = s
	r.mu.Unlock()
	r.folders.close() // of an attempt before
	r.folders = r.watchFolders(ctx, s)
	if err := r.forward(ctx, s); err != nil {
		return err
	}
	return s.Up(ctx)
}

func (r *Runner) load(ctx context.Context, engine *docker.Engine) (*project.Project, error) {
	if len(r.cfg.Files) == 0 && os.Getenv("COMPOSE_FILE") == "" {
		return r.ownProject(ctx, engine)
	}
	p, err := project.Load(ctx, project.Options{
		WorkingDir: r.cfg.Dir, Files: r.cfg.Files, Name: r.cfg.Name, Profiles: r.cfg.Profiles, EnvFiles: r.cfg.EnvFiles,
	})
	if err != nil {
		return nil, err
	}
	return p, r.placeBinary(ctx, p)
}

func (r *Runner) newStack(engine *docker.Engine, p *project.Project) (*stack.Stack, error) {
	service, err := p.Runner()
	if err != nil {
		return nil, err
	}
	extension, token := p.Extension(service), r.token(service)
	return stack.New(stack.Options{
		Engine: engine, Project: p, Instance: r.cfg.Instance, Runner: service.Name, Port: extension.Port,
		StateDir: r.cfg.StateDir,
		Promote: func(ctx context.Context, g *stack.Generation) error {
			live := Live{Address: g.Address, Dialer: dialer(engine), Generation: g.Number, ServiceToken: token}
			if err := r.hooks.Warm(ctx, live); err != nil {
				return err
			}
			r.lead(g.Address)
			return r.hooks.Promote(live)
		},
		Build: func(service string, event docker.BuildEvent) {
			r.builds.hear(service, event)
		},
		Begin:  r.beginImage,
		Report: func(err error) { r.hooks.Log.Warn("replacing the runner", "error", err) },
	})
}

// supervise ends with the context. Meanwhile it follows the project's rules of
// what to do when files change.
func (r *Runner) supervise(ctx context.Context) {
	var developing sync.WaitGroup
	defer developing.Wait()
	developing.Go(func() { r.develop(ctx, r.current(), r.folders.changes) })
	supervisor := stack.Supervisor{Stack: r.current(), Pulse: stack.Pulse{Answered: r.hooks.Answered}, Report: func(status stack.Status) {
		if status.Up {
			r.hooks.Log.Info("the runner is up", "generation", status.Generation.Number)
			r.hooks.Up()
			return
		}
		if r.answers(ctx, status) {
			r.hooks.Log.Warn("the engine is away, the runner goes on: "+status.Reason, "code", status.Code, "fix", status.Fix)
			r.hooks.Degraded(status.Code, status.Reason, status.Fix)
			return
		}
		r.hooks.Log.Warn("the runner is down: "+status.Reason, "code", status.Code, "fix", status.Fix, "attempt", status.Attempt, "retry_in", status.Delay)
		r.hooks.Down(status.Code, status.Reason, status.Fix)
	}}
	if err := supervisor.Run(ctx); err != nil && ctx.Err() == nil {
		r.hooks.Log.Error("watching the runner ended", "error", err)
	}
}

func (r *Runner) current() *stack.Stack {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stack
}

// Deploy builds, and replaces the live generation without a gap. On an error
// the old one goes on. A project that could not be brought up is tried again
// first, as with Restart.
func (r *Runner) Deploy(ctx context.Context) (generation int, err error) {
	ctx, cancel := r.whileRunning(ctx)
	defer cancel()
	s, _, err := r.mended(ctx)
	if err != nil {
		return 0, err
	}
	r.builds.begin()
	g, err := s.Deploy(ctx)
	if err != nil {
		return 0, err
	}
	return g.Number, nil
}

// whileRunning ends with ctx, and when the runner is closed: nothing is to be
// made after that.
func (r *Runner) whileRunning(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(r.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// Restart restarts a service: the runner by another generation, without a
// gap, any other by a stop and a start.
func (r *Runner) Restart(ctx context.Context, service string) error {
	ctx, cancel := r.whileRunning(ctx)
	defer cancel()
	s, replaced, err := r.mended(ctx)
	if err != nil {
		return err
	}
	if service == "" {
		service = s.Runner
	}
	if replaced && service == s.Runner {
		return nil
	}
	return s.Restart(ctx, service)
}

// answers says whether the live generation accepts connections although the
// engine does not: containers go on without it, and only they take requests.
func (r *Runner) answers(ctx context.Context, status stack.Status) bool {
	if status.Code != string(docker.CodeUnavailable) || status.Generation == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := r.current().Engine.DialContext(ctx, "tcp", status.Generation.Address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// down tells why nothing answers. What somebody has to correct first is tried
// again when asked for.
func (r *Runner) down(err error, lasting bool) {
	code, words, fix := describe(err)
	if lasting {
		fix = strings.Replace(fix+"; then run 'devproxy restart'", "?; ", "? ", 1)
	}
	level := slog.LevelWarn
	if words == r.said { // an engine that is away is looked for again and again
		level = slog.LevelDebug
	}
	r.said = words
	r.hooks.Log.Log(r.ctx, level, "the docker backend is down: "+words, "code", code, "fix", fix)
	r.hooks.Down(code, words, fix)
}

// Close stops what was started, unless it is to be kept, and waits for it.
func (r *Runner) Close(ctx context.Context) error {
	r.cancel()
	select {
	case <-r.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	s, f := r.stack, r.forwards // nobody changes them any more
	r.mu.Unlock()
	f.close()
	if s == nil {
		return nil
	}
	defer s.Engine.Close()
	if r.cfg.Keep {
		return nil
	}
	return s.Down(ctx, false)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
