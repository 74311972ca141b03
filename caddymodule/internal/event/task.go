package event

import (
	"slices"
	"sync"
	"time"
)

// Kind says what a task does.
type Kind string

// The kinds of tasks.
const (
	Building      Kind = "build"        // an extension's UI or handler
	Componentize  Kind = "componentize" // dist/main.wasm in the background
	Compiling     Kind = "compile"      // a handler, for this machine
	Warming       Kind = "warm"         // a runner in another process fetches a build and loads it
	ImageBuild    Kind = "image_build"
	ImagePull     Kind = "image_pull"
	ImageImport   Kind = "image_import" // this executable becomes the runner's image
	RunnerCompile Kind = "runner_compile"
)

// Task is something that goes on and may take long.
type Task struct {
	Kind    Kind
	Subject string // an extension, a service or an image
	Detail  string // what it is at; may be empty
	Share   float64
	Began   time.Time
}

// Progress says that a task began, got further, or ended.
type Progress struct {
	Task  Task
	Ended bool
	At    time.Time
}

func (Progress) event() {}

// Tasks are what goes on. Whoever does the work begins and ends it here; the
// list is always true, while an event may be lost by a reader that is slow.
// A nil Tasks keeps nothing.
type Tasks struct {
	bus *Bus

	mu   sync.Mutex
	list []*Work
}

// NewTasks tells of changes on bus.
func NewTasks(bus *Bus) *Tasks { return &Tasks{bus: bus} }

// Work is a task that goes on, until End. A nil one is nobody's concern.
type Work struct {
	tasks *Tasks
	task  Task // under tasks.mu
	told  time.Time
}

// tellPause is how often the progress of one task is told at most.
const tellPause = 100 * time.Millisecond

// Begin adds a task.
func (t *Tasks) Begin(kind Kind, subject, detail string) *Work {
	if t == nil {
		return nil
	}
	now := time.Now()
	w := &Work{tasks: t, task: Task{Kind: kind, Subject: subject, Detail: detail, Began: now}, told: now}
	t.mu.Lock()
	t.list = append(t.list, w)
	t.mu.Unlock()
	t.bus.Publish(Progress{Task: w.task, At: now})
	return w
}

// Update says what the task is at, and which share of it is done: 0, as long
// as that is not known, to 1.
func (w *Work) Update(detail string, share float64) {
	if w == nil {
		return
	}
	w.tasks.mu.Lock()
	w.task.Detail, w.task.Share = detail, min(max(share, 0), 1)
	task, now := w.task, time.Now()
	due := now.Sub(w.told) >= tellPause
	if due {
		w.told = now
	}
	w.tasks.mu.Unlock()
	if due {
		w.tasks.bus.Publish(Progress{Task: task, At: now})
	}
}

// End removes the task; a second call does nothing.
func (w *Work) End() {
	if w == nil {
		return
	}
	w.tasks.mu.Lock()
	at := slices.Index(w.tasks.list, w)
	if at >= 0 {
		w.tasks.list = slices.Delete(w.tasks.list, at, at+1)
	}
	task := w.task
	w.tasks.mu.Unlock()
	if at >= 0 {
		w.tasks.bus.Publish(Progress{Task: task, Ended: true, At: time.Now()})
	}
}

// All are the tasks that go on, the oldest first.
func (t *Tasks) All() []Task {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Task, len(t.list))
	for i, w := range t.list {
		out[i] = w.task
	}
	return out
}
