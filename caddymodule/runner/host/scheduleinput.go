package host

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked also where the system has no list of them

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

const (
	maxScheduleName    = 128
	maxSchedulePayload = 100_000
)

// applySchedule sets what the input names on a schedule and says what is wrong
// with it. Fields that the input leaves out keep their value; an empty name or
// payload clears it.
func (s *session) applySchedule(target *schedule, input guest.Record) fieldErrors {
	wrong := fieldErrors{}
	if name, ok := field[string](input, "endpoint", "endpoint-path", "endpoint-id"); ok {
		endpoint, found := s.schedulableEndpoint(strings.TrimSpace(name))
		wrong.unless(found, "endpoint", "endpoint not found or not schedulable")
		target.EndpointPath, target.EndpointMethod = endpoint.Path, endpoint.Method
	}
	if cron, ok := field[string](input, "cron"); ok {
		target.Cron = strings.TrimSpace(cron)
	}
	if zone, ok := field[string](input, "timezone"); ok && strings.TrimSpace(zone) != "" {
		target.Timezone = strings.TrimSpace(zone)
	}
	if enabled, ok := field[bool](input, "enabled"); ok {
		target.Enabled = enabled
	}
	if name, ok := field[string](input, "name"); ok {
		target.Name = strings.TrimSpace(name)
	}
	if payload, ok := field[string](input, "payload"); ok {
		target.Payload = payload
	}
	checkSchedule(*target, wrong)
	return wrong
}

func checkSchedule(sc schedule, wrong fieldErrors) {
	wrong.unless(sc.EndpointPath != "", "endpoint", "required")
	if err := checkCron(sc.Cron); err != nil {
		wrong.add("cron", err.Error())
	}
	_, err := time.LoadLocation(sc.Timezone)
	wrong.unless(err == nil && sc.Timezone != "Local", "timezone",
		fmt.Sprintf("%q is not a time zone; use a name such as UTC or Europe/Vienna", sc.Timezone))
	wrong.unless(len(sc.Name) <= maxScheduleName, "name", "too long; at most 128 bytes")
	wrong.unless(validPayload(sc.Payload), "payload", "must be a JSON object or array of at most 100000 bytes")
}

func validPayload(payload string) bool {
	trimmed := strings.TrimSpace(payload)
	if trimmed == "" {
		return true
	}
	return len(payload) <= maxSchedulePayload && strings.ContainsAny(trimmed[:1], "{[") && json.Valid([]byte(payload))
}
