package monitor

import (
	"context"
	"log/slog"
	"time"
)

// dependency is what the platform calls the runner in its logs, whatever the
// backend; the field backend tells them apart.
const dependency = "docker-runner"

// result is what a probe led to.
type result struct {
	Snapshot
	wait   time.Duration // until the next probe
	again  bool          // there will be a next probe
	cameUp bool
	known  bool // it was said before, and goes on by itself for ever
}

// log writes one record for each fact that is new, and for each failure that
// may be the last. A result without a snapshot belongs to a target that is gone.
func (r result) log(log *slog.Logger) {
	switch {
	case r.cameUp:
		log.Info("the runner answers", "dependency", dependency, "backend", r.Backend,
			"baseUrl", r.BaseURL, "durationMs", *r.LastDurationMS)
	case r.Status != Down:
	case r.again:
		level := slog.LevelWarn
		if r.known {
			level = slog.LevelDebug
		}
		log.Log(context.Background(), level, "the runner does not answer", append(failure(r.Snapshot),
			"retryInMs", r.wait.Milliseconds(), "nextRetryAt", r.NextRetryAt.Format(iso))...)
	default:
		log.Error("the runner does not answer and is not asked again; retry resumes", failure(r.Snapshot)...)
	}
}

// iso is a time as the platform writes it.
const iso = "2006-01-02T15:04:05.000Z07:00"

func failure(s Snapshot) []any {
	fields := []any{"dependency", dependency, "backend", s.Backend, "baseUrl", s.BaseURL,
		"errorCode", s.LastError.Code, "message", s.LastError.Message, "consecutiveFailures", s.ConsecutiveFailures}
	if s.LastError.StatusCode != 0 {
		fields = append(fields, slog.Int("statusCode", s.LastError.StatusCode))
	}
	return fields
}
