package stack

import (
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Kind is what happened.
type Kind string

// What a Watch reports.
const (
	KindStarted    Kind = "started"
	KindDied       Kind = "died"
	KindOOM        Kind = "oom" // a process in it was killed; it may live on
	KindHealthy    Kind = "healthy"
	KindUnhealthy  Kind = "unhealthy"
	KindRemoved    Kind = "removed"
	KindEngineLost Kind = "engine_lost"
	KindEngineBack Kind = "engine_back"
)

// Event is something that happened to a container of the project, or to the
// engine itself.
type Event struct {
	Kind       Kind
	Service    string
	Generation int // 0 for services other than the runner
	Container  string
	Time       time.Time
	ExitCode   int    // of KindDied; -1 when nobody saw it
	OOMKilled  bool   // of KindDied
	Reconciled bool   // found by comparing, not heard: it happened while nobody listened
	Err        error  // of KindEngineLost
	Reason     string // of KindDied, in words
}

// eventOf is an event about a container.
func eventOf(kind Kind, c docker.Container) Event {
	return Event{
		Kind: kind, Service: serviceOf(c.Labels), Generation: generationOf(c.Labels), Container: c.ID, Time: time.Now(),
	}
}

// died adds how it came about.
func died(c docker.Container) Event {
	event := eventOf(KindDied, c)
	event.ExitCode, event.OOMKilled, event.Reason = c.ExitCode, c.OOMKilled, ended(c)
	return event
}
