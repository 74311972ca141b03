package record

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/trace"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func execute(id string) runnerstatus.Execute {
	return runnerstatus.Execute{ID: id, Extension: "acme.x", Time: time.Unix(1, 0).UTC(), Request: runnerstatus.Request{Method: "GET", Path: "/"}, Answer: runnerstatus.Answer{Status: 200}}
}

// opened is a store that ends with the test.
func opened(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// add adds one by one, so that none is dropped.
func add(s *Store, list ...runnerstatus.Execute) {
	for _, e := range list {
		s.Add(e)
		s.settle()
	}
}

func ids(list []runnerstatus.Execute) (out []string) {
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

func TestStore_survives_a_restart_and_only_its_user_can_read_it(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "executes")
	s, err := Open(dir)
	require.NoError(t, err)
	full := execute("a")
	full.Request.Body, full.Trace = BodyOf([]byte(`{"a":1}`)), &trace.Trace{MS: 1, Calls: []trace.Call{{Function: "storage#get", Outcome: "ok"}}}
	add(s, full, execute("b"))
	for _, name := range []string{executesName, usageName} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err, "it is written at once: %s", name)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	before := s.List()
	require.NoError(t, s.Close())

	again := opened(t, dir)
	assert.Equal(t, before, again.List())
	assert.Equal(t, 1, again.Used("acme.x").Functions["storage#get"].Calls)
}

func TestStore_goes_on_after_a_line_that_was_cut_short(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	require.NoError(t, err)
	add(s, execute("a"))
	require.NoError(t, s.Close())
	file, err := os.OpenFile(filepath.Join(dir, executesName), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"id":"half`)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	s, err = Open(dir)
	require.NoError(t, err)
	add(s, execute("b"))
	require.NoError(t, s.Close())
	assert.Equal(t, []string{"a", "b"}, ids(opened(t, dir).List()))
}

func TestStore_keeps_the_newest_by_number_and_by_size(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	for i := range 3*mostExecutes + 7 {
		add(s, execute(fmt.Sprint(i)))
	}
	list := s.List()
	require.Len(t, list, mostExecutes)
	assert.Equal(t, fmt.Sprint(3*mostExecutes+6), list[len(list)-1].ID)
	content, err := os.ReadFile(filepath.Join(dir, executesName))
	require.NoError(t, err)
	assert.LessOrEqual(t, strings.Count(string(content), "\n"), 2*mostExecutes+1, "the file is bounded")

	large := execute("large")
	large.Request.Body = BodyOf([]byte(strings.Repeat("x", longestBody)))
	for range 2 * mostBytes / longestBody {
		add(s, large)
	}
	assert.Less(t, len(s.List()), mostBytes/longestBody+1)
	assert.LessOrEqual(t, s.bytes, mostBytes)
}

func TestStore_leaves_out_of_a_record_what_would_make_its_line_too_long(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	require.NoError(t, err)
	long := execute("long")
	long.Request.Body = BodyOf([]byte("kept"))
	long.Trace = &trace.Trace{Lines: []trace.Line{{Text: strings.Repeat("x", longestLine)}}}
	add(s, execute("before"), long, execute("after"))
	require.NoError(t, s.Close())
	list := opened(t, dir).List()
	require.Equal(t, []string{"before", "long", "after"}, ids(list))
	assert.Nil(t, list[1].Trace)
	assert.Equal(t, "too large", list[1].Request.Body.Left, "and so it is not sent again")
}

func TestStore_drops_calls_that_come_too_fast_and_lets_nobody_wait(t *testing.T) {
	s := opened(t, t.TempDir())
	s.mu.Lock() // nothing can be written
	for i := range 2 * waiting {
		s.Add(execute(fmt.Sprint(i)))
	}
	s.mu.Unlock()
	assert.GreaterOrEqual(t, s.Dropped(), waiting-1)
	assert.Equal(t, 2*waiting, len(s.List())+s.Dropped())
}

func TestStore_finds_by_the_beginning_of_an_id(t *testing.T) {
	s := opened(t, t.TempDir())
	first, second := execute("abc1"), execute("abc1")
	second.Answer.Status = 500
	add(s, first, execute("abd"), second)
	e, err := s.Find("abc")
	require.NoError(t, err)
	assert.Equal(t, 500, e.Answer.Status, "the newest of an id that was sent twice")
	_, err = s.Find("ab")
	require.ErrorIs(t, err, ErrAmbiguous)
	_, err = s.Find("x")
	require.ErrorIs(t, err, ErrUnknown)
	_, err = s.Find("")
	require.ErrorIs(t, err, ErrUnknown)
}

func TestStore_blanks_what_becomes_a_secret_later_also_in_its_file(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	e := execute("a")
	e.Request.Body = BodyOf([]byte(`{"customer":"PLANTED-1","other":"PLANTED-2"}`))
	add(s, e)
	s.Hide([]string{"PLANTED-1"}, []string{"other"})
	assert.JSONEq(t, `{"customer":"[redacted]","other":"[redacted]"}`, s.List()[0].Request.Body.Text)
	content, err := os.ReadFile(filepath.Join(dir, executesName))
	require.NoError(t, err)
	assert.NotContains(t, string(content), "PLANTED")
}

func TestStore_blanks_no_value_of_its_caller_s(t *testing.T) {
	s := opened(t, t.TempDir())
	e := execute("a")
	e.Request.Query = map[string]string{"token": "mine"}
	e.Trace = &trace.Trace{Lines: []trace.Line{{Text: "token: mine"}}}
	add(s, e)
	assert.Equal(t, "mine", e.Request.Query["token"])
	assert.Equal(t, "token: mine", e.Trace.Lines[0].Text)
	assert.Equal(t, Blank, s.List()[0].Request.Query["token"])
}

func TestUsage_counts_calls_hosts_and_secrets_and_forgets_a_denial_that_is_over(t *testing.T) {
	s := opened(t, t.TempDir())
	called := func(calls ...trace.Call) {
		e := execute("a")
		e.Trace = &trace.Trace{Calls: calls}
		add(s, e)
	}
	called(
		trace.Call{Function: "http#fetch", Target: "GET https://api.example.com:8443/v1?x", Outcome: trace.Denied, Reason: "it is not on the egress allowlist"},
		trace.Call{Function: "secrets#get", Target: "api_key", Outcome: "missing"},
		trace.Call{Function: "clients#get-client", Target: "1", Outcome: trace.Denied, Reason: "cap:client.read is not declared"},
	)
	used := s.Used("acme.x")
	assert.Equal(t, 1, used.Hosts["api.example.com:8443"].Denied)
	assert.Empty(t, used.Functions["http#fetch"].Reason, "the capability is there")
	assert.NotEmpty(t, used.Secrets["api_key"].Reason)
	assert.NotEmpty(t, used.Functions["clients#get-client"].Reason)
	called(trace.Call{Function: "secrets#get", Target: "api_key", Outcome: "ok"})
	used = s.Used("acme.x")
	assert.Empty(t, used.Secrets["api_key"].Reason)
	assert.Equal(t, 2, used.Secrets["api_key"].Calls)
	assert.Zero(t, s.Used("acme.other"))
}
