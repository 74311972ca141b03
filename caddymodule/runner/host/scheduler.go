package host

// scheduler.go answers `scheduler` from the schedule store.

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// Why a change of schedules is refused.
var (
	errNoSchedule   = errors.New("schedule not found")
	errNameTaken    = fieldErrors{"name": "already in use by another schedule of this extension"}
	errManySchedule = errors.New("too many schedules (at most 50 per installation)")
)

func listSchedules(s *session, _ context.Context, _ []any) (any, error) {
	list, err := s.schedules.list(s.inv.Context)
	if err != nil {
		return s.fixtureError(err), nil
	}
	records := make([]any, len(list))
	for i, item := range list {
		records[i] = item.record()
	}
	return guest.OK(records), nil
}

func getSchedule(s *session, _ context.Context, args []any) (any, error) {
	list, err := s.schedules.list(s.inv.Context)
	if err != nil {
		return s.fixtureError(err), nil
	}
	i := indexOf(list, args[0].(string))
	if i < 0 {
		return guest.OK(nil), nil
	}
	return guest.OK(list[i].record()), nil
}

func createSchedule(s *session, _ context.Context, args []any) (any, error) {
	created := schedule{
		ID: uuid.NewString(), Timezone: "UTC", Enabled: true, CreatedAt: time.Now().UTC().Format(time.RFC3339),
	}
	if wrong := s.applySchedule(&created, args[0].(guest.Record)); len(wrong) > 0 {
		return wrong.record(), nil
	}
	err := s.schedules.change(s.inv.Context, func(list []schedule) ([]schedule, error) {
		if len(list) >= maxSchedules {
			return nil, errManySchedule
		}
		return append(list, created), checkName(list, created)
	})
	if err != nil {
		return s.scheduleFailure(err), nil
	}
	s.log.Info("stored a schedule; schedules are not fired here, call the endpoint to try it",
		"schedule", created.ID, "cron", created.Cron, "endpoint", created.EndpointMethod+" "+created.EndpointPath)
	return guest.Record{"success": true, "schedule-id": created.ID}, nil
}

func updateSchedule(s *session, _ context.Context, args []any) (any, error) {
	id, input := args[0].(string), args[1].(guest.Record)
	err := s.schedules.change(s.inv.Context, func(list []schedule) ([]schedule, error) {
		i := indexOf(list, id)
		if i < 0 {
			return nil, errNoSchedule
		}
		changed := list[i]
		if wrong := s.applySchedule(&changed, input); len(wrong) > 0 {
			return nil, wrong
		}
		if err := checkName(list, changed); err != nil {
			return nil, err
		}
		list[i] = changed
		return list, nil
	})
	if err != nil {
		return s.scheduleFailure(err), nil
	}
	return guest.Record{"success": true}, nil
}

func deleteSchedule(s *session, _ context.Context, args []any) (any, error) {
	err := s.schedules.change(s.inv.Context, func(list []schedule) ([]schedule, error) {
		i := indexOf(list, args[0].(string))
		if i < 0 {
			return nil, errNoSchedule
		}
		return slices.Delete(list, i, i+1), nil
	})
	if err != nil {
		return s.scheduleFailure(err), nil
	}
	return guest.Record{"success": true}, nil
}

func indexOf(list []schedule, id string) int {
	return slices.IndexFunc(list, func(item schedule) bool { return item.ID == id })
}

// checkName refuses a name that another schedule of the list has.
func checkName(list []schedule, changed schedule) error {
	for _, item := range list {
		if changed.Name != "" && item.Name == changed.Name && item.ID != changed.ID {
			return errNameTaken
		}
	}
	return nil
}

// scheduleFailure is the guest's answer for err. What is not the guest's own
// mistake is logged and not told in detail.
func (s *session) scheduleFailure(err error) guest.Record {
	var wrong fieldErrors
	switch {
	case errors.As(err, &wrong):
		return wrong.record()
	case errors.Is(err, errNoSchedule), errors.Is(err, errManySchedule):
		return failure(err.Error())
	}
	s.log.Error("schedules cannot be kept; correct or delete the file", "error", err)
	return failure("internal error; the runner's log names it")
}
