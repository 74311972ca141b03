package docker

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/events"
)

// Action is what happened to a container.
type Action string

// The actions that are reported. Exec and attach are left out: every health
// probe would show as three of them.
const (
	ActionCreate    Action = "create"
	ActionStart     Action = "start"
	ActionDie       Action = "die"
	ActionOOM       Action = "oom"
	ActionStop      Action = "stop"
	ActionHealthy   Action = "healthy"
	ActionUnhealthy Action = "unhealthy"
	ActionDestroy   Action = "destroy"
)

// Event is one thing that happened to one container.
type Event struct {
	Action    Action
	Container string // id
	Labels    map[string]string
	Time      time.Time
	ExitCode  int // of ActionDie
}

// Events reports what happens to containers with all the labels from the moment
// since on (zero: from now on), until the context ends or the engine is lost. It
// blocks; the error tells which. ready is called once the engine listens: nothing
// that happens afterwards is missed.
func (e *Engine) Events(ctx context.Context, labels map[string]string, since time.Time, ready func(), emit func(Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := labelFilter(labels)
	args.Add("type", string(events.ContainerEventType))
	options := events.ListOptions{Filters: args}
	if !since.IsZero() {
		options.Since = strconv.FormatInt(since.Unix(), 10) + "." + zeroPadded(since.Nanosecond())
	}
	// The client reports the subscription only by not failing; the engine has
	// answered by the time Events returns its channels.
	messages, failed := e.cli.Events(ctx, options)
	ready()
	for {
		select {
		case message := <-messages:
			if event, ok := eventOf(message); ok && event.Time.After(since) {
				emit(event)
			}
		case err := <-failed:
			return mapped("following events", "of the engine", err)
		}
	}
}

// eventOf reads a message; the engine writes details behind some actions
// ("health_status: healthy").
func eventOf(m events.Message) (Event, bool) {
	action, detail, _ := strings.Cut(string(m.Action), ": ")
	event := Event{
		Action: Action(action), Container: m.Actor.ID, Labels: m.Actor.Attributes, Time: time.Unix(0, m.TimeNano),
	}
	switch event.Action {
	case "health_status":
		event.Action = Action(detail)
		return event, detail == string(ActionHealthy) || detail == string(ActionUnhealthy)
	case ActionDie:
		code, err := strconv.Atoi(m.Actor.Attributes["exitCode"])
		if err != nil {
			code = -1
		}
		event.ExitCode = code
		return event, true
	case ActionCreate, ActionStart, ActionOOM, ActionStop, ActionDestroy:
		return event, true
	}
	return event, false
}

func zeroPadded(nanoseconds int) string {
	text := strconv.Itoa(nanoseconds)
	return strings.Repeat("0", 9-len(text)) + text
}
