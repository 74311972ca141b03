package guest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// answers are what the host says to each call of hosts.js.
var answers = map[string]any{
	"context#get-context": guest.Record{"tenant-id": "t", "extension-id": "e", "request-id": "r", "unknown": 1},
	"secrets#get":         guest.OK("s3cret"),
	"secrets#list-keys":   []string{"api_key", "other"},
	"http#fetch": guest.OK(guest.Record{
		"status": 201.0, "headers": []guest.Record{{"name": "x", "value": "y"}}, "body": []byte("fetched"),
	}),
	"storage#get":          guest.Denied("missing"),
	"storage#put":          guest.OK(guest.Record{"namespace": "notes", "key": "first", "value": []byte("v"), "revision": uint64(1<<63 + 1)}),
	"storage#delete":       guest.OK(nil),
	"storage#list-entries": guest.OK([]any{guest.Record{"namespace": "n", "key": "k", "value": "text"}}),
	"logging#log-info":     nil, "logging#log-warn": nil, "logging#log-error": nil,
	"ui-proxy#call-route": guest.OK([]byte("routed")),
	"user#get-user":       guest.Denied("not-allowed"),
	"user-v2#get-user": guest.OK(guest.Record{
		"tenant-id": "t", "client-name": "c", "user-id": "u", "user-email": "e", "user-name": "n", "user-type": "internal",
		"additional-fields": []any{[]string{"a", "1"}, []any{"b", "2"}},
	}),
	"scheduler#list-schedules":  guest.OK([]any{}),
	"scheduler#get-schedule":    guest.OK(nil),
	"scheduler#create-schedule": guest.Record{"success": false, "error": "no", "field-errors": `{"cron":"bad"}`},
	"scheduler#update-schedule": guest.Record{"success": true},
	"scheduler#delete-schedule": guest.Record{"success": true},
	"scheduler#get-endpoints": guest.OK([]any{guest.Record{
		"id": "1", "method": "GET", "path": "/p", "handler": "h", "schedulable": true,
	}}),
	"invoicing#create-manual-invoice": guest.Record{"success": true, "subtotal": 150, "total": json.Number("180.45")},
	"clients#list-clients":            guest.OK(guest.Record{"items": []any{}, "total-count": 0.0, "page": int64(2), "page-size": 25}),
	"clients#get-client":              guest.Denied("invalid-input"),
	"services#list-services":          guest.OK(guest.Record{"items": []any{service}, "total-count": 1, "page": 1, "page-size": 5}),
	"services#get-service":            guest.OK(service),
}

// service has every field that is not optional.
var service = guest.Record{
	"service-id": "s", "service-name": "S", "item-kind": "product", "billing-method": "usage",
	"default-rate": 1, "unit-of-measure": "each", "is-active": true,
}

// outcomes are what hosts.js then sees, in the names of JavaScript.
const outcomes = `{
	"context#get-context": {"ok": {"requestId": "r", "tenantId": "t", "extensionId": "e"}},
	"secrets#get": {"ok": "s3cret"},
	"secrets#list-keys": {"ok": ["api_key", "other"]},
	"http#fetch": {"ok": {"status": 201, "headers": [{"name": "x", "value": "y"}], "body": "fetched"}},
	"storage#get": {"error": "missing"},
	"storage#put": {"ok": {"namespace": "notes", "key": "first", "value": "v", "revision": "9223372036854775809"}},
	"storage#delete": {"ok": null},
	"storage#list-entries": {"ok": [{"namespace": "n", "key": "k", "value": "text"}]},
	"logging#log-info": {"ok": null}, "logging#log-warn": {"ok": null}, "logging#log-error": {"ok": null},
	"ui-proxy#call-route": {"ok": "routed"},
	"user#get-user": {"error": "not-allowed"},
	"user-v2#get-user": {"ok": {"tenantId": "t", "clientName": "c", "userId": "u", "userEmail": "e", "userName": "n", "userType": "internal",
		"additionalFields": [["a", "1"], ["b", "2"]]}},
	"scheduler#list-schedules": {"ok": []},
	"scheduler#get-schedule": {"ok": null},
	"scheduler#create-schedule": {"ok": {"success": false, "error": "no", "fieldErrors": "{\"cron\":\"bad\"}"}},
	"scheduler#update-schedule": {"ok": {"success": true}},
	"scheduler#delete-schedule": {"ok": {"success": true}},
	"scheduler#get-endpoints": {"ok": [{"id": "1", "method": "GET", "path": "/p", "handler": "h", "schedulable": true}]},
	"invoicing#create-manual-invoice": {"ok": {"success": true, "subtotal": 150, "total": 180.45}},
	"clients#list-clients": {"ok": {"items": [], "totalCount": 0, "page": 2, "pageSize": 25}},
	"clients#get-client": {"error": "invalid-input"},
	"services#list-services": {"ok": {"items": [{"serviceId": "s", "serviceName": "S", "itemKind": "product", "billingMethod": "usage", "defaultRate": 1, "unitOfMeasure": "each", "isActive": true}], "totalCount": 1, "page": 1, "pageSize": 5}},
	"services#get-service": {"ok": {"serviceId": "s", "serviceName": "S", "itemKind": "product", "billingMethod": "usage", "defaultRate": 1, "unitOfMeasure": "each", "isActive": true}}
}`

func TestEveryImportGoesToTheHostAndBack(t *testing.T) {
	program := load(t, "hosts")
	calls := map[string]guest.Call{}
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		name := call.Interface + "#" + call.Function
		calls[name] = call
		answer, known := answers[name]
		if !known {
			return nil, errors.New("unexpected call of " + name)
		}
		return answer, nil
	})
	response, err := program.Run(t.Context(), get("/"), host, limits)
	require.NoError(t, err)

	var got struct{ Request, Results json.RawMessage }
	require.NoError(t, json.Unmarshal(response.Body, &got))
	assert.JSONEq(t, outcomes, string(got.Results))
	assert.JSONEq(t, `{"context": {"tenantId": "tenant-1", "extensionId": "extension-1", "installId": "install-1"},
		"http": {"method": "GET", "url": "/", "headers": []}}`, string(got.Request))
	assert.Len(t, program.Imports(), len(answers))
	checkArguments(t, calls)
}

func checkArguments(t *testing.T, calls map[string]guest.Call) {
	t.Helper()
	put := calls["storage#put"]
	assert.Equal(t, guest.Import{Package: "alga:extension", Interface: "storage", Function: "put"}, put.Import)
	assert.Equal(t, []any{guest.Record{
		"namespace": "notes", "key": "first", "value": []byte("h\u00e9llo"), "revision": uint64(9007199254740993),
	}}, put.Args)
	assert.Equal(t, []string{"missing", "conflict", "denied", "internal"}, put.ErrorCases)
	assert.Equal(t, []any{"notes", "page-2"}, calls["storage#list-entries"].Args)
	assert.Equal(t, []any{guest.Record{
		"endpoint": "/nightly", "cron": "0 3 * * *", "timezone": "Europe/Vienna", "enabled": true, "name": nil, "payload": nil,
	}}, calls["scheduler#create-schedule"].Args)
	assert.Equal(t, []any{guest.Record{
		"client-id": "client-1", "invoice-date": nil, "due-date": "2030-01-31", "po-number": nil,
		"items": []any{guest.Record{
			"service-id": "service-1", "quantity": 1.5, "description": "work", "rate": 100.25,
			"is-discount": nil, "discount-type": nil, "applies-to-item-id": nil, "applies-to-service-id": nil,
		}},
	}}, calls["invoicing#create-manual-invoice"].Args)
	assert.Empty(t, calls["logging#log-info"].ErrorCases)
	assert.Equal(t, []any{"an error, \u00fcn\u00efcode"}, calls["logging#log-error"].Args)
}

func TestAnAnswerThatDoesNotFitTrapsAndNamesItself(t *testing.T) {
	cases := map[string]struct {
		answer any
		want   string
	}{
		"a missing field": {
			guest.OK(guest.Record{"namespace": "n", "key": "k"}),
			"answering alga:extension/storage#get: case ok: field value: it is missing and not optional",
		},
		"a number out of range": {
			guest.OK(guest.Record{"namespace": "n", "key": "k", "value": "", "revision": -1}),
			"field revision: case some: -1 is out of range for u64",
		},
		"a fraction for an integer": {
			guest.OK(guest.Record{"namespace": "n", "key": "k", "value": "", "revision": 1.5}),
			"1.5 is not a whole number, u64 wanted",
		},
		"a wrong type":      {guest.OK("text"), "string is not a record"},
		"an unknown error":  {guest.Denied("unheard-of"), `enum has no case "unheard-of"`},
		"no result at all":  {nil, "<nil> is not a result"},
		"text not in UTF-8": {guest.OK(guest.Record{"namespace": "\xff", "key": "", "value": ""}), "string is not UTF-8"},
	}
	program := load(t, "hosts")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			host := hostFunc(func(context.Context, guest.Call) (any, error) { return c.answer, nil })
			_, err := program.Run(t.Context(), get("/storage/get"), host, limits)
			assert.Contains(t, requireTrap(t, err, guest.TrapHost).Message, c.want)
		})
	}
}

func TestAHostErrorTrapsWithItsMessage(t *testing.T) {
	broken := errors.New("context is not readable: capability cap:context.read is missing")
	host := hostFunc(func(context.Context, guest.Call) (any, error) { return nil, broken })
	_, err := load(t, "hosts").Run(t.Context(), get("/context/get-context"), host, limits)
	assert.Equal(t, broken.Error(), requireTrap(t, err, guest.TrapHost).Message)
	assert.ErrorIs(t, err, broken)
}

func TestAHostCallSeesTheDeadline(t *testing.T) {
	host := hostFunc(func(ctx context.Context, _ guest.Call) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	_, err := load(t, "hosts").Run(t.Context(), get("/secrets/get"), host, guest.Limits{Timeout: 50_000_000})
	assert.Equal(t, "timed out after 50ms", requireTrap(t, err, guest.TrapTimeout).Message)
}
