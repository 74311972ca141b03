package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func names(answer any, name string) []any {
	var list []any
	for _, item := range answer.(guest.Record)["items"].([]any) {
		list = append(list, item.(guest.Record)[name])
	}
	return list
}

func TestTheFirstCallWritesASampleThatCanBeEdited(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "fixtures", "clients.json")
	b := newBench(t, Options{StateDir: state})
	assert.NoFileExists(t, path, "nothing is written before it is used")

	answer := b.ok("clients", "list-clients", guest.Record{})
	assert.Equal(t, []any{"Harbour Dental Group", "Northgate Architects"}, names(answer, "client-name"))
	assert.FileExists(t, path)
	assert.Contains(t, b.logs.String(), "wrote a sample fixture")

	write(t, path, `[{"clientId": "c9", "client_name": "Mine", "newer-field": 7}]`)
	want := guest.Record{
		"client-id": "c9", "id": "c9", "client-name": "Mine", "name": "Mine", "is-inactive": false,
		"billing-email": nil, "email": nil, "newer-field": 7.0,
	}
	assert.Equal(t, want, b.ok("clients", "get-client", "c9"), "an edit counts at once")

	again := newBench(t, Options{StateDir: state})
	assert.Equal(t, []any{"Mine"}, names(again.ok("clients", "list-clients", guest.Record{}), "name"), "a restart keeps the edit")
}

func TestTheDevelopersFolderWinsAndIsNotWrittenTo(t *testing.T) {
	mine := t.TempDir()
	write(t, filepath.Join(mine, "clients.json"), `[{"client-id": "1", "client-name": "From my folder"}]`)
	b := newBench(t, Options{FixturesDir: mine})
	assert.Equal(t, []any{"From my folder"}, names(b.ok("clients", "list-clients", guest.Record{}), "client-name"))
	b.ok("services", "list-services", guest.Record{})
	files, err := os.ReadDir(mine)
	require.NoError(t, err)
	assert.Len(t, files, 1)
}

func TestABrokenFixtureIsInternalAndTheLogNamesThePlace(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"syntax", "[\n  {\"client-id\": \"1\",}\n]", "clients.json:2:21"},
		{"wrong type", "[\n  7\n]", "clients.json:2:3"},
		{"empty", "", "clients.json:1:1"},
		{"no id", `[{"client-name": "x"}]`, `record 1 has no \"client-id\"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mine := t.TempDir()
			write(t, filepath.Join(mine, "clients.json"), tt.content)
			b := newBench(t, Options{FixturesDir: mine})
			assert.Equal(t, "internal", b.refusal("clients", "list-clients", guest.Record{}))
			assert.Equal(t, "internal", b.refusal("clients", "get-client", "1"))
			assert.Contains(t, b.logs.String(), tt.want)
			failed := b.do("invoicing", "create-manual-invoice", guest.Record{"client-id": "1"}).(guest.Record)
			assert.Equal(t, false, failed["success"])
		})
	}
}

func TestEverySampleCanBeRead(t *testing.T) {
	b := newBench(t, Options{})
	assert.NotEmpty(t, names(b.ok("services", "list-services", guest.Record{}), "service-id"))
	assert.NotEmpty(t, b.ok("scheduler", "get-endpoints"))
	assert.NotEmpty(t, b.ok("ui-proxy", "call-route", "/status", nil))
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	mine := t.TempDir()
	write(t, filepath.Join(mine, "services.json"), `[
		{"service-id": "1", "service-name": "Alpha care"},
		{"service-id": "2", "service-name": "beta", "item-kind": "product"},
		{"service-id": "3", "service-name": "Gamma care", "billing-method": "hourly"},
		{"service-id": "4", "service-name": "Old care", "is-active": false}
	]`)
	b := newBench(t, Options{FixturesDir: mine})
	tests := []struct {
		name  string
		input guest.Record
		want  []any
		total int
	}{
		{"all", guest.Record{}, []any{"1", "3", "4", "2"}, 4},
		{"search ignores case", guest.Record{"search": " CARE "}, []any{"1", "3", "4"}, 3},
		{"kind", guest.Record{"item-kind": "product"}, []any{"2"}, 1},
		{"billing method", guest.Record{"billing-method": "hourly"}, []any{"3"}, 1},
		{"active", guest.Record{"is-active": true, "search": "care"}, []any{"1", "3"}, 2},
		{"none as nil", guest.Record{"is-active": nil, "search": nil, "page": nil}, []any{"1", "3", "4", "2"}, 4},
		{"second page", guest.Record{"page": uint32(2), "page-size": uint32(3)}, []any{"2"}, 4},
		{"beyond the last page", guest.Record{"page": uint32(9)}, nil, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer := b.ok("services", "list-services", tt.input).(guest.Record)
			assert.Equal(t, tt.want, names(answer, "service-id"))
			assert.Equal(t, tt.total, answer["total-count"])
		})
	}
	assert.Equal(t, "Gamma care", b.ok("services", "get-service", "3").(guest.Record)["name"])
	assert.Nil(t, b.ok("services", "get-service", "99"))
	assert.Equal(t, "invalid-input", b.refusal("services", "get-service", " "))
	for _, input := range []guest.Record{
		{"page": uint32(0)}, {"page-size": uint32(101)}, {"page": uint64(10_001)}, {"search": string(make([]byte, 201))},
	} {
		assert.Equal(t, "invalid-input", b.refusal("services", "list-services", input))
	}
}

func TestInactiveClientsAreListedOnDemandOnly(t *testing.T) {
	b := newBench(t, Options{})
	assert.Len(t, names(b.ok("clients", "list-clients", guest.Record{}), "id"), 2)
	assert.Len(t, names(b.ok("clients", "list-clients", guest.Record{"include-inactive": true}), "id"), 3)
}
