package guest_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestAnOlderComponentGetsTheFieldsItKnows(t *testing.T) {
	var logged []any
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		switch call.Function {
		case "get-context":
			return guest.Record{"tenant-id": "t", "extension-id": "e", "request-id": "r", "install-id": "i"}, nil
		case "get":
			return guest.OK(guest.Record{"namespace": "n", "key": "k", "value": []byte("stored"), "revision": 4}), nil
		}
		logged = append(logged, call.Args...)
		return nil, nil
	})
	request := get("/old")
	request.HTTP.Body = []byte("dropped")
	response, err := load(t, "older").Run(t.Context(), request, host, limits)
	require.NoError(t, err)
	assert.Equal(t, uint16(201), response.Status)
	assert.Equal(t, []any{"older component"}, logged)
	assert.JSONEq(t, `{
		"context": {"tenantId": "t", "extensionId": "e"},
		"request": {"context": {"tenantId": "tenant-1", "extensionId": "extension-1"}, "http": {"method": "GET", "url": "/old", "headers": []}},
		"entry": "stored"}`, string(response.Body))
}

func TestANewerComponentLinksAndItsUnknownFieldsAreNone(t *testing.T) {
	program := load(t, "newer")
	assert.Contains(t, program.Imports(), guest.Import{Package: "alga:extension", Interface: "secrets", Function: "version-of"})

	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		switch call.String() {
		case "alga:extension/secrets#get":
			return guest.OK("key"), nil
		case "alga:extension/logging#log-debug":
			assert.Equal(t, []any{"about to ask for a version", uint8(3)}, call.Args)
			return nil, nil
		}
		return guest.Denied(call.ErrorCases[len(call.ErrorCases)-1]), nil
	})
	response, err := program.Run(t.Context(), get("/"), host, limits)
	require.NoError(t, err)
	assert.JSONEq(t, `{"region": null, "deadline": null, "key": "key"}`, string(response.Body))

	_, err = program.Run(t.Context(), get("/unknown"), host, limits)
	requireTrap(t, err, guest.TrapGuest)
}

func TestEveryShapeOfValueSurvivesTheRoundTrip(t *testing.T) {
	program := load(t, "shapes")
	host := hostFunc(func(_ context.Context, call guest.Call) (any, error) {
		switch call.Function {
		case "many":
			sum := call.Args[15].(uint64)
			for _, n := range call.Args[:15] {
				sum += uint64(n.(uint32))
			}
			return sum + uint64(len(call.Args[16].(string))), nil
		case "unit-result":
			return guest.Result{Err: call.Args[0].(bool)}, nil
		case "echo-result":
			return guest.OK(call.Args[0]), nil
		}
		return call.Args[0], nil
	})
	response, err := program.Run(t.Context(), get("/"), host, limits)
	require.NoError(t, err)

	var got struct {
		Echoes    map[string][]struct{ Sent, Got json.RawMessage }
		None      map[string]any
		Some      map[string]any
		Unit      string
		UnitError bool
		Many      string
	}
	require.NoError(t, json.Unmarshal(response.Body, &got))
	require.Len(t, got.Echoes, 23)
	for name, echoes := range got.Echoes {
		for _, echo := range echoes {
			assert.JSONEq(t, string(echo.Sent), string(echo.Got), name)
		}
	}
	assert.Equal(t, map[string]any{"tag": "none"}, got.None)
	assert.Equal(t, map[string]any{"tag": "some", "val": 3.0}, got.Some)
	assert.Equal(t, "unit", got.Unit)
	assert.True(t, got.UnitError)
	assert.Equal(t, "145", got.Many)
}
