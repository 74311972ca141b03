package host

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// newSchedule is a valid input with some fields replaced.
func newSchedule(changes guest.Record) guest.Record {
	input := guest.Record{
		"endpoint": "/jobs/daily-report", "cron": "0 9 * * 1", "timezone": nil, "enabled": nil, "name": nil, "payload": nil,
	}
	for name, value := range changes {
		input[name] = value
	}
	return input
}

func (b *bench) create(input guest.Record) string {
	b.t.Helper()
	answer := b.do("scheduler", "create-schedule", input).(guest.Record)
	require.Equal(b.t, true, answer["success"], answer["error"])
	return answer["schedule-id"].(string)
}

func problems(t *testing.T, answer any) map[string]string {
	t.Helper()
	record := answer.(guest.Record)
	require.Equal(t, false, record["success"])
	require.NotEmpty(t, record["error"])
	var byField map[string]string
	require.NoError(t, json.Unmarshal([]byte(record["field-errors"].(string)), &byField))
	return byField
}

func TestASchedulesWholeLife(t *testing.T) {
	state := t.TempDir()
	b := newBench(t, Options{StateDir: state})
	assert.Empty(t, b.ok("scheduler", "list-schedules"))
	id := b.create(newSchedule(guest.Record{"name": " report ", "payload": `{"a":1}`}))

	b = newBench(t, Options{StateDir: state}) // a restart
	got := b.ok("scheduler", "get-schedule", id).(guest.Record)
	created, err := time.Parse(time.RFC3339, got["created-at"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), created, time.Minute)
	delete(got, "created-at")
	assert.Equal(t, guest.Record{
		"id": id, "endpoint-path": "/jobs/daily-report", "endpoint-method": "POST", "name": "report",
		"cron": "0 9 * * 1", "timezone": "UTC", "enabled": true, "payload": `{"a":1}`,
		"last-run-at": nil, "last-run-status": nil, "last-error": nil,
	}, got)

	change := guest.Record{"enabled": false, "timezone": "Europe/Vienna", "payload": "", "cron": "*/15 * * * *", "endpoint": "sync"}
	assert.Equal(t, guest.Record{"success": true}, b.do("scheduler", "update-schedule", id, change))
	got = b.ok("scheduler", "list-schedules").([]any)[0].(guest.Record)
	assert.Equal(t, []any{false, "Europe/Vienna", nil, "*/15 * * * *", "/sync", "GET", "report"}, []any{
		got["enabled"], got["timezone"], got["payload"], got["cron"], got["endpoint-path"], got["endpoint-method"], got["name"],
	})

	assert.Equal(t, guest.Record{"success": true}, b.do("scheduler", "delete-schedule", id))
	assert.Nil(t, b.ok("scheduler", "get-schedule", id))
	missing := guest.Record{"success": false, "error": "schedule not found"}
	assert.Equal(t, missing, b.do("scheduler", "delete-schedule", id))
	assert.Equal(t, missing, b.do("scheduler", "update-schedule", id, guest.Record{}))
}

func TestAScheduleWithAWrongFieldIsRefusedByThatField(t *testing.T) {
	b := newBench(t, Options{})
	b.create(newSchedule(guest.Record{"name": "taken"}))
	id := b.create(newSchedule(guest.Record{"name": "free"}))
	tests := []struct {
		field string
		value any
		want  string
	}{
		{"endpoint", "/nowhere", "not found"},
		{"endpoint", "/tasks/:id", "not schedulable"},
		{"cron", "every day", "5 fields"},
		{"cron", "61 * * * *", "minute"},
		{"timezone", "Mars/Olympus", "not a time zone"},
		{"timezone", "Local", "not a time zone"},
		{"payload", "not json", "JSON object or array"},
		{"payload", `"text"`, "JSON object or array"},
		{"payload", "[" + strings.Repeat(" ", maxSchedulePayload) + "]", "JSON object or array"},
		{"name", strings.Repeat("n", maxScheduleName+1), "too long"},
		{"name", "taken", "already in use"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %.10v", tt.field, tt.value), func(t *testing.T) {
			change := guest.Record{tt.field: tt.value}
			for _, answer := range []any{
				b.do("scheduler", "create-schedule", newSchedule(change)),
				b.do("scheduler", "update-schedule", id, change),
			} {
				byField := problems(t, answer)
				assert.Len(t, byField, 1)
				assert.Contains(t, byField[tt.field], tt.want)
			}
		})
	}
	assert.Len(t, b.ok("scheduler", "list-schedules"), 2)
	assert.Equal(t, "free", b.ok("scheduler", "get-schedule", id).(guest.Record)["name"])
	assert.Contains(t, problems(t, b.do("scheduler", "create-schedule", guest.Record{"cron": "0 9 * * 1"})), "endpoint")
}

func TestAnInstallationHasAtMostFiftySchedulesAlsoWhenTheyArriveAtOnce(t *testing.T) {
	b := newBench(t, Options{})
	var wg sync.WaitGroup
	for range maxSchedules + 10 {
		wg.Go(func() { b.do("scheduler", "create-schedule", newSchedule(nil)) })
	}
	wg.Wait()
	assert.Len(t, b.ok("scheduler", "list-schedules"), maxSchedules)
	refused := b.do("scheduler", "create-schedule", newSchedule(nil)).(guest.Record)
	assert.Contains(t, refused["error"], "too many schedules")

	inv := allowed()
	inv.Context.InstallID = "other"
	b.host = b.For(inv)
	assert.Empty(t, b.ok("scheduler", "list-schedules"), "another installation has its own")
}

func TestEndpointsComeFromTheManifestWhenTheInvocationBringsThem(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) {
		inv.Endpoints = []Endpoint{
			{Method: "get", Path: "/tick", Handler: "dist/tick"}, {Method: "DELETE", Path: "/tick"}, {Method: "GET", Path: "/t/{id}"},
		}
	})
	assert.Equal(t, []any{
		guest.Record{"id": "GET /tick", "method": "GET", "path": "/tick", "handler": "dist/tick", "schedulable": true},
		guest.Record{"id": "DELETE /tick", "method": "DELETE", "path": "/tick", "handler": "", "schedulable": false},
		guest.Record{"id": "GET /t/{id}", "method": "GET", "path": "/t/{id}", "handler": "", "schedulable": false},
	}, b.ok("scheduler", "get-endpoints"))
	id := b.create(newSchedule(guest.Record{"endpoint": "GET /tick"}))
	assert.Equal(t, "/tick", b.ok("scheduler", "get-schedule", id).(guest.Record)["endpoint-path"])
}

func TestABrokenScheduleFileIsInternalAndNamed(t *testing.T) {
	b := newBench(t, Options{})
	path := scope(filepath.Join(b.schedules.root), allowed().Context) + ".json"
	write(t, path, "[\n{]")
	assert.Equal(t, "internal", b.refusal("scheduler", "list-schedules"))
	assert.Equal(t, "internal", b.refusal("scheduler", "get-schedule", "x"))
	assert.Contains(t, b.do("scheduler", "delete-schedule", "x").(guest.Record)["error"], "internal error")
	assert.Contains(t, b.logs.String(), path+":2:2")
}

func TestCronExpressionsThatThePlatformTakes(t *testing.T) {
	for _, cron := range []string{
		"0 9 * * 1", "*/5 * * * *", "0,30 8-18 * * 1-5", "0 0 1 1 *", "59 23 31 12 *", "5-50/15 */2 * * 0,7", "* 3 * * *", " 0  0 * * * ",
	} {
		assert.NoError(t, checkCron(cron), cron)
	}
}

func TestCronExpressionsThatThePlatformRefuses(t *testing.T) {
	for _, cron := range []string{
		"", "* * * *", "0 0 * * * *", "60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *", "0 0 * * 8",
		"a * * * *", "0 9 * * MON", "@daily", "5-1 * * * *", "1-2-3 * * * *", "*/0 * * * *", "*/x * * * *", "*/-1 * * * *", "1, * * * *",
		"+5 * * * *", "0 0 1 * 1", "* * * * *", "*/4 * * * *", "99999999999999999999 * * * *", strings.Repeat("1,", 80) + "1 * * * *",
	} {
		assert.Error(t, checkCron(cron), cron)
	}
}
