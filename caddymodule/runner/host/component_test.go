package host_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// answers runs the component that calls every function of the interface.
func answers(t *testing.T, h guest.Host, c guest.Context) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a first compile takes a while
	defer cancel()
	component := guesttest.Component(t, "hosts")
	engine, err := guest.NewWazero(ctx, guest.Options{CacheDir: guesttest.CacheDir(t)})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close(context.WithoutCancel(ctx))) }()
	program, err := engine.Load(ctx, component)
	require.NoError(t, err)
	response, err := program.Run(ctx, guest.Request{
		Context: c,
		HTTP:    guest.HTTPRequest{Method: "GET", URL: "/all"},
	}, h, guest.Limits{Timeout: time.Minute})
	require.NoError(t, err)
	var body struct {
		Results map[string]map[string]any `json:"results"`
	}
	require.NoError(t, json.Unmarshal(response.Body, &body), string(response.Body))
	flat := map[string]any{}
	for name, result := range body.Results {
		for kind, value := range result {
			require.NotEqual(t, "thrown", kind, "%s: %v", name, value)
			flat[name+" "+kind] = value
		}
	}
	return flat
}

func fixture(t *testing.T, dir, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
}

type object = map[string]any

func TestARealComponentGetsAnAnswerFromEveryFunction(t *testing.T) {
	fixtures := t.TempDir()
	fixture(t, fixtures, "clients.json", `[{"client-id": "client-1", "client-name": "ACME", "billing-email": "a@b.example"}]`)
	fixture(t, fixtures, "services.json", `[{"service-id": "service-1", "service-name": "Help", "default-rate": 12.5}]`)
	fixture(t, fixtures, "invoices.json", `{"tax-rate": 0.1}`)
	fixture(t, fixtures, "endpoints.json", `[{"method": "POST", "path": "/nightly", "handler": "dist/nightly"}]`)
	fixture(t, fixtures, "ui-proxy.json", `{"/tickets": {"n": 1}}`)
	platform, err := host.New(host.Options{StateDir: t.TempDir(), FixturesDir: fixtures, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer func() { require.NoError(t, platform.Close()) }()
	c := guest.Context{TenantID: "acme", ExtensionID: "hello", InstallID: "inst-1"}
	granted, unknown := host.ParseCapabilities([]string{
		host.CapSecretsGet, host.CapHTTPFetch, host.CapStorageKV, host.CapUIProxy,
		host.CapScheduler, host.CapInvoiceCreate, host.CapClientRead, host.CapServiceRead,
	})
	require.Empty(t, unknown)
	got := answers(t, platform.For(host.Invocation{
		Context: c, Granted: granted, Secrets: map[string]string{"api_key": "k7"},
		User: &host.User{UserID: "u1", UserName: "Kim", UserType: "internal", AdditionalFields: map[string]string{"a": "b"}},
	}), c)

	created := got["scheduler#create-schedule ok"].(object)
	assert.NotEmpty(t, created["scheduleId"])
	invoice := got["invoicing#create-manual-invoice ok"].(object)
	assert.Equal(t, []any{true, "INV-0003", 150.38, 15.04, 165.42},
		[]any{invoice["success"], invoice["invoiceNumber"], invoice["subtotal"], invoice["tax"], invoice["total"]})
	assert.Equal(t, "ACME", got["clients#get-client ok"].(object)["clientName"])
	assert.Equal(t, 12.5, got["services#get-service ok"].(object)["defaultRate"])
	assert.Equal(t, object{"items": []any{}, "totalCount": 1.0, "page": 2.0, "pageSize": 25.0}, got["clients#list-clients ok"])
	assert.Equal(t, 5.0, got["services#list-services ok"].(object)["pageSize"])
	for _, checked := range []string{
		"scheduler#create-schedule ok", "invoicing#create-manual-invoice ok",
		"clients#get-client ok", "clients#list-clients ok", "services#get-service ok", "services#list-services ok",
	} {
		delete(got, checked)
	}
	notFound := object{"success": false, "error": "schedule not found"}
	user := object{"tenantId": "acme", "clientName": "", "userId": "u1", "userEmail": "", "userName": "Kim", "userType": "internal"}
	assert.Equal(t, object{
		"context#get-context ok":  object{"tenantId": "acme", "extensionId": "hello", "installId": "inst-1"},
		"secrets#get ok":          "k7",
		"secrets#list-keys ok":    []any{"api_key"},
		"http#fetch error":        "not-allowed",
		"storage#get error":       "missing",
		"storage#put error":       "conflict", // the component asks for a revision that is not there
		"storage#delete error":    "missing",
		"storage#list-entries ok": []any{},
		"ui-proxy#call-route ok":  `{"n":1}`,
		"logging#log-info ok":     nil, "logging#log-warn ok": nil, "logging#log-error ok": nil,
		"user#get-user ok":             user,
		"user-v2#get-user ok":          merged(user, object{"additionalFields": []any{[]any{"a", "b"}}}),
		"scheduler#list-schedules ok":  []any{},
		"scheduler#get-schedule ok":    nil,
		"scheduler#update-schedule ok": notFound,
		"scheduler#delete-schedule ok": notFound,
		"scheduler#get-endpoints ok":   []any{object{"id": "POST /nightly", "method": "POST", "path": "/nightly", "handler": "dist/nightly", "schedulable": true}},
	}, got)
}

func merged(a, b object) object {
	all := object{}
	for _, m := range []object{a, b} {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

func TestARealComponentGetsTypedDenialsWithoutCapabilities(t *testing.T) {
	platform, err := host.New(host.Options{StateDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer func() { require.NoError(t, platform.Close()) }()
	granted, _ := host.ParseCapabilities(nil)
	c := guest.Context{TenantID: "acme", ExtensionID: "hello", InstallID: "inst-1"}
	got := answers(t, platform.For(host.Invocation{Context: c, Granted: granted}), c)
	for name, want := range map[string]any{
		"secrets#get error":            "denied",
		"secrets#list-keys ok":         []any{},
		"http#fetch error":             "not-allowed",
		"storage#get error":            "denied",
		"ui-proxy#call-route error":    "denied",
		"user#get-user error":          "not-available",
		"scheduler#get-schedule error": "denied",
		"clients#get-client error":     "not-allowed",
		"services#list-services error": "not-allowed",
	} {
		assert.Equal(t, want, got[name], name)
	}
	for _, name := range []string{"scheduler#create-schedule ok", "invoicing#create-manual-invoice ok"} {
		assert.Equal(t, false, got[name].(object)["success"], name)
	}
}
