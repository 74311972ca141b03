package host

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// callArgs are arguments of the right shape for every function.
func callArgs(key string) []any {
	var args []any
	for _, p := range functions[key].params {
		switch p {
		case text:
			args = append(args, "x")
		case record:
			args = append(args, guest.Record{})
		default:
			args = append(args, nil)
		}
	}
	return args
}

func allFunctions() []string { return slices.Sorted(maps.Keys(functions)) }

func TestEveryFunctionOfTheInterfaceIsThere(t *testing.T) {
	assert.Equal(t, []string{
		"clients#get-client", "clients#list-clients",
		"context#get-context",
		"http#fetch",
		"invoicing#create-manual-invoice",
		"logging#log-error", "logging#log-info", "logging#log-warn",
		"scheduler#create-schedule", "scheduler#delete-schedule", "scheduler#get-endpoints",
		"scheduler#get-schedule", "scheduler#list-schedules", "scheduler#update-schedule",
		"secrets#get", "secrets#list-keys",
		"services#get-service", "services#list-services",
		"storage#delete", "storage#get", "storage#list-entries", "storage#put",
		"ui-proxy#call-route",
		"user#get-user", "user-v2#get-user",
	}, allFunctions())
}

func TestADeniedCapabilityAnswersInTheFormOfEachFunction(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) { inv.Granted = Capabilities{} })
	for _, key := range allFunctions() {
		t.Run(key, func(t *testing.T) {
			iface, name, _ := strings.Cut(key, "#")
			answer, err := b.host.Call(context.Background(), theCall(iface, name, callArgs(key)...))
			switch {
			case iface == "context":
				require.ErrorContains(t, err, "cap:context.read")
			case iface == "logging":
				assert.Nil(t, answer)
			case key == "secrets#list-keys":
				assert.Equal(t, []any{}, answer)
			case withoutError[key]:
				denied := answer.(guest.Record)
				assert.Equal(t, false, denied["success"])
				assert.Contains(t, denied["error"], functions[key].capability)
			default:
				want := "denied"
				if slices.Contains(errorCases[iface], "not-allowed") {
					want = "not-allowed"
				}
				assert.Equal(t, guest.Denied(want), answer)
			}
			if iface != "context" {
				assert.NoError(t, err)
			}
		})
	}
	assert.NotContains(t, b.logs.String(), "logging#", "a dropped log line leaves no trace")
	assert.Contains(t, b.logs.String(), "cap:storage.kv is not declared; add it to the capabilities in manifest.json")
}

func TestDenialsNameWhatWasRefusedEachOnce(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) { delete(inv.Granted, CapStorageKV) })
	run := b.host.(Execution)
	assert.Empty(t, run.Denials())
	b.do("secrets", "get", "no such secret")
	b.do("logging", "log-info", "x")
	assert.Empty(t, run.Denials(), "what is missing, or allowed, is no denial")
	for range 2 {
		b.do("storage", "get", "notes", "a")
	}
	b.do("http", "fetch", get("https://api.example.com/x"))
	require.Len(t, run.Denials(), 2)
	assert.Equal(t, "storage#get was denied: cap:storage.kv is not declared; add it to the capabilities in manifest.json", run.Denials()[0])
	assert.Contains(t, run.Denials()[1], "http#fetch was denied: api.example.com is not on the egress allowlist")
}

func TestAFunctionThatWorksOnAnInstallationNeedsOne(t *testing.T) {
	b := newBench(t, Options{}, func(inv *Invocation) { inv.Context.InstallID = "" })
	bound := map[string]bool{"storage": true, "scheduler": true, "invoicing": true, "clients": true, "services": true}
	for _, key := range allFunctions() {
		iface, name, _ := strings.Cut(key, "#")
		if !bound[iface] {
			assert.False(t, functions[key].perInstall, key)
			continue
		}
		answer := b.do(iface, name, callArgs(key)...)
		if withoutError[key] {
			assert.Contains(t, answer.(guest.Record)["error"], "install_id", key)
			continue
		}
		assert.Contains(t, []string{"denied", "not-allowed"}, answer.(guest.Result).Value, key)
	}
}

func TestAnUnknownFunctionIsDeniedWhereTheInterfaceCanSaySo(t *testing.T) {
	b := newBench(t, Options{})
	tests := []struct {
		name  string
		cases []string
		want  string
	}{
		{"denied comes first", []string{"missing", "denied", "not-allowed"}, "denied"},
		{"not-allowed", []string{"internal", "not-allowed"}, "not-allowed"},
		{"not-available", []string{"not-available", "internal"}, "not-available"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := theCall("storage", "watch")
			call.ErrorCases = tt.cases
			answer, err := b.host.Call(context.Background(), call)
			require.NoError(t, err)
			assert.Equal(t, guest.Denied(tt.want), answer)
		})
	}
}

func TestAnUnknownFunctionTrapsWithItsNameWhereTheInterfaceCannot(t *testing.T) {
	b := newBench(t, Options{})
	for _, call := range []guest.Call{
		theCall("weather", "get-forecast"),
		{Import: guest.Import{Package: "other:thing", Interface: "secrets", Function: "get"}, Args: []any{"k"}},
	} {
		_, err := b.host.Call(context.Background(), call)
		require.ErrorContains(t, err, call.Import.String())
		require.ErrorContains(t, err, "this runner does not have the function")
	}
}

func TestArgumentsOfAnotherShapeTrapInsteadOfPanicking(t *testing.T) {
	b := newBench(t, Options{})
	for _, args := range [][]any{{}, {"a"}, {"a", uint32(1)}, {"a", nil}, {"a", "b", "c"}, {guest.Record{}, "b"}} {
		_, err := b.host.Call(context.Background(), theCall("storage", "get", args...))
		require.ErrorContains(t, err, "alga:extension/storage#get")
		require.ErrorContains(t, err, "interface file of this runner")
	}
}

func TestAnErrorCaseThatAnOlderInterfaceLacksBecomesInternal(t *testing.T) {
	b := newBench(t, Options{})
	call := theCall("secrets", "get", "absent")
	call.ErrorCases = []string{"denied", "internal"}
	answer, err := b.host.Call(context.Background(), call)
	require.NoError(t, err)
	assert.Equal(t, guest.Denied("internal"), answer)

	call.ErrorCases = []string{"denied"}
	_, err = b.host.Call(context.Background(), call)
	require.ErrorContains(t, err, "missing")
}

func TestNewNamesTheOptionThatIsWrong(t *testing.T) {
	tests := []struct {
		options Options
		want    string
	}{
		{Options{}, "state folder is not set"},
		{Options{StateDir: "/dev/null/x"}, "preparing the state folder"},
		{Options{EgressAllowlist: []string{"https://a.example/x"}}, "egress allowlist"},
		{Options{UIProxyBaseURL: "localhost:3000"}, "ui-proxy base URL"},
		{Options{UIProxyBaseURL: "http://%zz"}, "ui-proxy base URL"},
		{Options{BlockedAddresses: []string{"nowhere"}}, "blocked address"},
	}
	for _, tt := range tests {
		if tt.options.StateDir == "" && !strings.Contains(tt.want, "not set") {
			tt.options.StateDir = t.TempDir()
		}
		_, err := New(tt.options)
		assert.ErrorContains(t, err, tt.want)
	}
}
