package stack

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// Options say what a stack runs and how it tells.
type Options struct {
	Engine  *docker.Engine
	Project *project.Project
	// Instance names the devproxy that owns what is made; stable per project
	// folder, so that a second process of it finds what the first one left.
	Instance string
	// Runner is the service that is replaced by generations.
	Runner string
	// StateDir is where generations keep their copies of the service's binary
	// (x-devproxy.binary), for which the engine must see it under the same path, and
	// where the last lines of removed containers are kept for those who follow the
	// logs in another process. Default: neither is possible.
	StateDir string
	// Port is the runner's container port. Default: the first TCP port of the
	// service's `ports`, then of `expose`, then 8080.
	Port uint16
	// Probe asks a generation whether it is ready when neither its image nor the
	// compose file has a health check; address is host:port. Default: GET of
	// x-devproxy.health, /healthz without one, answers 200.
	Probe func(ctx context.Context, address string) error
	// StartPeriod is how long a generation may take to get healthy. Default: 60 s.
	StartPeriod time.Duration
	// Begin hears of an image that is built or pulled, until the end of what it
	// returns. Default: nobody does.
	Begin func(doing Doing, subject string) Work
	// Promote hands the traffic to a healthy generation, once that is warm, and
	// returns once requests to the one before it have ended. When it fails, the generation is removed
	// and the old one stays. Default: nothing to do.
	Promote func(context.Context, *Generation) error
	// Build hears of the progress of builds. Default: nobody does.
	Build func(service string, event docker.BuildEvent)
	// Report hears of what went wrong behind a success, e.g. an old generation
	// that could not be removed. It may be called from several goroutines at once.
	// Default: nobody does.
	Report func(error)
}

// Stack is one project on one engine. Safe for concurrent use; only one
// deployment runs at a time.
type Stack struct {
	Options
	service types.ServiceConfig
	binary  string // the runner's on this machine; "" when its image holds it
	folders folders
	remains remains
	overlay overlay       // held with the turn
	turn    chan struct{} // holds the right to change the runner
	// images is held from a build until a container has its image: a build may
	// come to the very image that an ended generation left without a name, and
	// that is about to be removed.
	images    sync.Mutex
	changed   chan struct{} // one slot: another generation is live
	retiring  sync.WaitGroup
	spare     spare
	base      string // the image around the binary, built once; held with the turn
	followers followers

	mu     sync.Mutex
	live   *Generation
	number int // the last generation's
}

// New prepares a stack; nothing is asked of the engine yet.
func New(opts Options) (*Stack, error) {
	service, ok := opts.Project.Compose.Services[opts.Runner]
	if !ok {
		return nil, fmt.Errorf("looking for the runner: no enabled service %q in project %s", opts.Runner, opts.Project.Compose.Name)
	}
	if service.NetworkMode == "host" || service.NetworkMode == "none" {
		return nil, fmt.Errorf("reading service %s: network_mode %q cannot be replaced without a gap (use a network and `ports`)",
			opts.Runner, service.NetworkMode)
	}
	if opts.Instance == "" {
		return nil, errors.New("preparing the stack: no instance named")
	}
	if opts.StateDir != "" {
		var err error
		if opts.StateDir, err = filepath.Abs(opts.StateDir); err != nil { // as the engine wants it
			return nil, fmt.Errorf("finding the state folder: %w", err)
		}
	}
	defaults(&opts, service)
	return &Stack{
		Options: opts, service: service, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		binary: opts.Project.Extension(service).Binary, folders: foldersIn(opts.StateDir, opts.Project.Compose.Name),
		remains: remainsIn(opts.StateDir, opts.Project.Compose.Name),
	}, nil
}

func defaults(opts *Options, service types.ServiceConfig) {
	if opts.Port == 0 {
		opts.Port = port(service)
	}
	if opts.Probe == nil {
		opts.Probe = newDirect(opts.Engine).probe(opts.Project.Extension(service).Health)
	}
	if opts.StartPeriod == 0 {
		opts.StartPeriod = 60 * time.Second
	}
	if opts.Promote == nil {
		opts.Promote = func(context.Context, *Generation) error { return nil }
	}
	if opts.Build == nil {
		opts.Build = func(string, docker.BuildEvent) {}
	}
	if opts.Report == nil {
		opts.Report = func(error) {}
	}
}

// Live is the generation that has the traffic; nil before the first.
func (s *Stack) Live() *Generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

func (s *Stack) setLive(g *Generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = g
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// report tells of an error that must not stop what goes on.
func (s *Stack) report(err error) {
	if err != nil {
		s.Report(err)
	}
}

// Settle waits until replaced generations are stopped and removed, and the spare
// is there.
func (s *Stack) Settle() { s.retiring.Wait() }

// acquire waits for the turn to change the runner.
func (s *Stack) acquire(ctx context.Context) (release func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the deployment before: %w", ctx.Err())
	}
	if err := ctx.Err(); err != nil { // of two that are ready, a select takes either
		<-s.turn
		return nil, fmt.Errorf("beginning a deployment: %w", err)
	}
	return func() { <-s.turn }, nil
}
