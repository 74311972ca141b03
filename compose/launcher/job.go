package launcher

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/same-origin/devproxy/compose/expression"
)

// Job is one piece of work.
type Job struct {
	// ID is unique among jobs whose workers may exist at the same time.
	ID   string
	Type string
	Data string // JSON, given to the worker as DEVPROXY_JOB_DATA
	// Project and Item say what the job is about; a snapshot is kept for both
	// together. Agent is a label alone. All may be empty.
	Project, Item, Agent string

	Image string
	// Local says that the image is one of this machine: it is never pulled.
	Local               bool
	Entrypoint, Command []string // default: the image's
	WorkingDir          string
	Network             string            // default: the engine's own
	Memory              int64             // bytes; default: the launcher's
	ReadOnly            map[string]string // folders of this machine, by path in the container; of an engine elsewhere copies
	Scratch             []string          // paths of empty volumes that the worker writes to
	Env                 []string          // KEY=value

	// Credentials are looked up before each start, and are in no snapshot. A
	// worker is started all the same when that fails.
	Credentials func(context.Context) (map[string]string, error)

	// Timeout is when the worker is killed. Watchdog is when it ends by itself;
	// it is then killed two minutes later. Default: the launcher's.
	Timeout, Watchdog time.Duration
	// Grace is between asking a worker to end at its timeout and forcing it.
	// Default: 15 s.
	Grace time.Duration

	// Snapshot keeps the files of a worker that succeeds, and starts from those
	// of the one before; it takes a Project and an Item.
	Snapshot    bool
	SnapshotTTL time.Duration // default: the launcher's

	// Output gets the lines that the worker prints, from one goroutine.
	Output func(line string)
	// Collect reads what a worker that succeeded made, before it is removed. An
	// error makes the job a failed one. Jobs that are taken up again after a
	// restart have neither.
	Collect func(context.Context, Tree) error
}

// Tree opens a file or folder of the worker's as a tar archive, whose names begin
// with the last part of path.
type Tree func(ctx context.Context, path string) (io.ReadCloser, error)

// beyondWatchdog is what a worker gets to end by itself.
const beyondWatchdog = 2 * time.Minute

const defaultGrace = 15 * time.Second

func (j Job) timeout(c Config) time.Duration {
	if j.Timeout == 0 && j.Watchdog > 0 {
		return j.Watchdog + beyondWatchdog
	}
	return cmp.Or(j.Timeout, c.Timeout)
}

func (j Job) grace() time.Duration { return cmp.Or(j.Grace, defaultGrace) }

// autoRemove leaves the removal to the engine where nothing of the container is
// wanted after its end.
func (j Job) autoRemove() bool { return !j.Snapshot && j.Collect == nil }

var unnameable = expression.WhenNeeded(`[^A-Za-z0-9_.-]`)

func (j Job) containerName() string {
	return "devproxy-worker-" + unnameable().ReplaceAllString(j.ID, "_")
}

// Status is how a worker ended.
type Status string

// How a worker ended.
const (
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	TimedOut  Status = "timed_out"
	Killed    Status = "killed"
	Lost      Status = "lost"     // the engine could not say
	Detached  Status = "detached" // it runs on, and the launcher is closed
)

// Outcome is how a job ended.
type Outcome struct {
	Status Status
	Code   int // exit code; -1 when it is not known
	// Reason says what went wrong, in one line; empty after a success.
	Reason    string
	OOMKilled bool
	Tail      []string // the last 50 lines it printed
	Took      time.Duration
	Reused    bool   // it started from a snapshot
	Snapshot  string // the image that was made of it, if any
	Err       error  // of Collect, or of the engine
}
