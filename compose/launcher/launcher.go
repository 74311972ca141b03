package launcher

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/same-origin/devproxy/compose/docker"
)

// Config says whose workers these are and what bounds them. What is 0 takes its
// default.
type Config struct {
	// StateFile keeps whose workers these are, and their snapshots, over
	// restarts. It is readable by its owner alone.
	StateFile string
	Timeout   time.Duration // of a job that names none; default 30 min
	Memory    int64         // bytes, of a job that names none; default 4 GiB
	Workers   int           // at once; default 3
	SlotWait  time.Duration // how long a job waits for a place; default 5 min
	Pause     time.Duration // before Dispatch tries again for the first time; default 1 s
	Every     time.Duration // between sweeps; default 5 min
	Snapshots Limits
	Hooks     Hooks
	Log       *slog.Logger // default: the process's own
}

// Limits bound what snapshots may take.
type Limits struct {
	TTL   time.Duration // of a job that names none; default 24 h
	Count int           // default 5
	Size  int64         // bytes in all, as far as known; default 10 GiB
}

// Hooks hear of what happens; both may be nil. They are called from goroutines of
// the launcher and must return soon.
type Hooks struct {
	// Captured gets what somebody should look at.
	Captured func(Capture)
	// Ended gets how each worker ended, once; those that Close lets go of have
	// not ended.
	Ended func(Job, Outcome)
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 30*time.Minute)
	c.Memory = cmp.Or(c.Memory, 4096<<20)
	c.Workers = cmp.Or(c.Workers, 3)
	c.SlotWait = cmp.Or(c.SlotWait, 5*time.Minute)
	c.Pause = cmp.Or(c.Pause, time.Second)
	c.Every = cmp.Or(c.Every, 5*time.Minute)
	c.Snapshots.TTL = cmp.Or(c.Snapshots.TTL, 24*time.Hour)
	c.Snapshots.Count = cmp.Or(c.Snapshots.Count, 5)
	c.Snapshots.Size = cmp.Or(c.Snapshots.Size, 10<<30)
	c.Log = cmp.Or(c.Log, slog.Default())
	return c
}

// Launcher is safe for concurrent use. Open makes it, Close ends it.
type Launcher struct {
	engine *docker.Engine
	cfg    Config
	state  *state
	slots  *semaphore.Weighted
	pulls  singleflight.Group
	shelf  sync.Mutex // held while snapshots are made or removed

	ctx    context.Context // the life of what is watched
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	active map[string]*Worker // by job id
	known  map[string]bool    // container ids that are being started or watched
	closed bool
}

// Open reads the state, takes up the workers that an earlier launcher of the same
// state let go of, or was torn away from, and begins to sweep. The engine stays
// the caller's, who closes it after the launcher.
func Open(ctx context.Context, engine *docker.Engine, cfg Config) (*Launcher, error) {
	cfg = cfg.withDefaults()
	kept, err := openState(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	l := &Launcher{
		engine: engine, cfg: cfg, state: kept, slots: semaphore.NewWeighted(int64(cfg.Workers)),
		active: map[string]*Worker{}, known: map[string]bool{},
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	err = l.discover(ctx)
	if err == nil {
		err = l.adopt(ctx)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	l.tasks.Go(func() { l.sweepEvery(l.ctx) })
	return l, nil
}

// Instance is whose workers these are; stable over restarts.
func (l *Launcher) Instance() string { return l.state.Instance }

// Active are the jobs whose workers run, in no order.
func (l *Launcher) Active() []Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	jobs := make([]Job, 0, len(l.active))
	for _, w := range l.active {
		jobs = append(jobs, w.job)
	}
	return jobs
}

// Kill ends the worker of a job: politely at first, by force after the grace. One
// that is not known, or ends already, is left alone. It does not wait.
func (l *Launcher) Kill(id string, grace time.Duration) {
	l.mu.Lock()
	w := l.active[id]
	l.mu.Unlock()
	if w != nil {
		w.Kill(grace)
	}
}

// Close lets go of the workers, which run on, and ends everything else.
func (l *Launcher) Close() {
	l.mu.Lock()
	l.closed = true
	if n := len(l.active); n > 0 {
		l.cfg.Log.Info("letting go of workers, which run on", "workers", n)
	}
	l.mu.Unlock()
	l.cancel()
	l.tasks.Wait()
}

// task runs do in a goroutine that Close waits for; false when it is too late.
func (l *Launcher) task(do func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.tasks.Go(do)
	return true
}
