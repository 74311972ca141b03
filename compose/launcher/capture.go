package launcher

import "log/slog"

// Source says where something went wrong; stable.
type Source string

// Where something went wrong.
const (
	SourceTimeout       Source = "worker_timeout"
	SourceExit          Source = "worker_exit"
	SourceWait          Source = "worker_wait"
	SourceSpawn         Source = "worker_spawn"
	SourceSpawnFallback Source = "worker_spawn_fallback"
	SourceCommit        Source = "snapshot_commit"
	SourceCredentials   Source = "credential_lookup"
	SourceOrphan        Source = "orphan_cleanup"
	SourceOrphanScan    Source = "orphan_cleanup_scan"
	SourceSnapshots     Source = "snapshot_cleanup"
	SourceState         Source = "launcher_state"
)

// Capture is something that somebody should look at.
type Capture struct {
	Source  Source
	Warning bool // rather than an error
	Job     Job  // zero where it is about none
	Err     error
}

func (l *Launcher) capture(c Capture) {
	level := slog.LevelError
	if c.Warning {
		level = slog.LevelWarn
	}
	l.cfg.Log.Log(l.ctx, level, "running a worker", "source", c.Source, "job", c.Job.ID, "error", c.Err)
	if l.cfg.Hooks.Captured != nil {
		l.cfg.Hooks.Captured(c)
	}
}

// Error is an error of the launcher itself; those of the engine are a
// *docker.Error.
type Error struct {
	Code string // stable
	text string
}

func (e *Error) Error() string { return e.text }

// Interface guards
var _ error = (*Error)(nil)
