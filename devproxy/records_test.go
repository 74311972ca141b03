package main

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestRecord_holds_no_secret_in_its_files_nor_in_what_any_command_prints(t *testing.T) {
	w := curiousExtension(t, "127.0.0.1")
	session := "PLANTED-query"
	id := w.use("?api_key="+session+"&q="+url.QueryEscape(knownSecret)+"&target="+url.QueryEscape(teapot(t)),
		`{"password":"PLANTED-body","deep":[{"clientSecret":{"a":"PLANTED-deep"}}],"note":"`+knownSecret+`","plain":"kept"}`,
		"Authorization", "Bearer PLANTED-bearer", "Cookie", "session=PLANTED-browser", "User-Agent", "x token=PLANTED-agent")
	res, err := http.Get(w.url + "/api/ext/acme.curious/fail")
	require.NoError(t, err)
	res.Body.Close()

	outputs := map[string]string{}
	for _, args := range [][]string{
		{"replay", "--list"}, {"replay", "--list", "--json"}, {"replay", "--diff", "--last", "9"}, {"replay", "--json", "--last", "9"},
		{"trace", id}, {"trace", id, "--json"}, {"trace", "--last", "--json"}, {"capabilities"}, {"capabilities", "--json"}, {"__complete", "replay", ""},
	} {
		_, out, errs := w.said(t, args...)
		outputs[strings.Join(args, " ")] = out + errs
	}
	_, outputs["dashboard"] = fetch(t, w.url+"/__runner/dashboard/state")
	files := 0
	root := filepath.Join(w.state, "devproxy")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, "/executes/") {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		outputs[path] = string(content)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		return nil
	}))
	assert.Equal(t, 2, files, "calls, and what was used")
	assert.Equal(t, []string{"executes"}, checkLines(t, outputs["replay --list --json"]))
	for where, text := range outputs {
		for line := range strings.Lines(text) {
			if where == "dashboard" { // what a handler logs is shown there, without the secrets that are known
				line = strings.ReplaceAll(strings.ReplaceAll(line, "PLANTED-logged", ""), "PLANTED-thrown", "")
			}
			assert.NotContains(t, line, "PLANTED", where)
		}
	}
	terminal := w.output.String()
	assert.Contains(t, terminal, "the key is [redacted]", "the handler prints its own secret")
	assert.NotContains(t, terminal, knownSecret)
	assert.Contains(t, outputs["trace "+id+" --json"], "kept", "what is no secret is there")
	assert.Contains(t, outputs["trace "+id+" --json"], "request.body.password")
	assert.Contains(t, outputs["replay --list"], id)
	assert.Contains(t, outputs["__complete replay "], id)
}

func TestReplay_is_equal_until_the_handler_changes_and_survives_a_restart(t *testing.T) {
	w := curiousExtension(t, "127.0.0.1")
	id := w.use("?a=1", `{"name":"Ada","password":"PLANTED"}`)
	code, replays := w.replays(t, id[:8])
	require.Len(t, replays, 1)
	assert.Zero(t, code)
	assert.Equal(t, []string{"request.body.password"}, replays[0].Blanked)
	assert.Equal(t, "record", replays[0].Against)
	_, out, _ := w.said(t, "replay", id)
	assert.Contains(t, out, "embedded: 200 in ")
	assert.Contains(t, out, "equal to the record")
	assert.Contains(t, out, "sent without what is blanked in the record: request.body.password")

	config, state := filepath.Join(filepath.Dir(w.dir), "Caddyfile"), w.state
	_, err := w.interrupt(t)
	require.NoError(t, err)
	w.save("src/handler.ts", "// @ts-nocheck\n"+strings.NewReplacer(`version: "first"`, `version: "second"`, "status: 200", "status: 201").Replace(curiousHandler))
	w.started = startIn(t, state, startLimit, w.command(t, "up", "--port", "0", "--config", config, "--extension", w.dir))
	w.waitForHandlers(t)
	code, replays = w.replays(t)
	assert.Equal(t, exitFailure, code)
	require.Len(t, replays, 1, "a replay is no call to replay")
	assert.Equal(t, id, replays[0].Execute.ID, "it outlived its devproxy")
	assert.Equal(t, []runnerstatus.Difference{{Path: "status", Want: "200", Got: "201"}, {Path: "body.version", Want: `"first"`, Got: `"second"`}}, replays[0].Runs[0].Differences)
	code, out, errs := w.said(t, "replay", "--diff")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, out, "body.version\n      - \"first\"\n      + \"second\"\n")
	assert.Contains(t, errs, "replay_differs")
	assert.NotContains(t, errs, "--diff", "it was given")
	_, _, errs = w.said(t, "replay")
	assert.Contains(t, errs, "see what with --diff")
	code, _ = w.replays(t, "--ignore", "status", "--ignore", "body.version")
	assert.Zero(t, code)
	_, state2 := fetch(t, w.url+"/__runner/dashboard/state")
	assert.Contains(t, state2, id, "the dashboard lists it, too")
	assert.Contains(t, state2, `"path":"/api/ext/acme.curious/use"`, "by the path that was asked")
}

func TestReplay_says_what_it_cannot_do(t *testing.T) {
	s := startUp(t, "--extension", hello(t))
	s.waitForHandlers(t)
	code, _, errs := s.said(t, "replay")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "nothing_recorded")
	large := strings.Repeat("x", 300<<10)
	id := post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada","filler":"`+large+`"}`)
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"replay", "nonsense"}, exitUsage, "execute_unknown"},
		{[]string{"trace", "nonsense"}, exitUsage, "execute_unknown"},
		{[]string{"replay", "--backend", "embeded"}, exitUsage, "backend_unknown"},
		{[]string{"replay", "--last", "-1"}, exitUsage, "invalid_flag"},
		{[]string{"replay", "--last", "1", id}, exitUsage, "conflicting_flags"},
		{[]string{"replay", id}, exitFailure, "replay_incomplete"},
		{[]string{"trace"}, exitUsage, "unexpected_argument"},
		{[]string{"trace", "--last", id}, exitUsage, "unexpected_argument"},
		{[]string{"capabilities", "acme.helo"}, exitUsage, "did you mean acme.hello?"},
	} {
		code, _, errs := s.said(t, c.args...)
		assert.Equal(t, c.exit, code, c.args)
		assert.Contains(t, errs, c.says, c.args)
	}
	second := post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`, "X-Request-Id", id+"-2")
	_, _, errs = s.said(t, "trace", id[:8])
	assert.Contains(t, errs, "execute_ambiguous")
	code, out, _ := s.said(t, "replay", second, "--backend", "docker")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, out, "docker: backend_not_ready: ")
	assert.Equal(t, []string{id + "-2", id}, offeredBy(t, s, "trace", ""))
	assert.Equal(t, []string{id}, offeredBy(t, s, "replay", id+"-2", ""))
	assert.Empty(t, offeredBy(t, s, "trace", id, ""))
}

func offeredBy(t *testing.T, s *started, words ...string) []string {
	t.Helper()
	_, out, _ := s.said(t, append([]string{"__complete"}, words...)...)
	return offered(out)
}

func TestRecord_off_keeps_nothing_and_removes_what_was(t *testing.T) {
	s := startUp(t, "--extension", hello(t))
	s.waitForHandlers(t)
	id := post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`)
	_, out, _ := s.said(t, "replay", "--list")
	require.Contains(t, out, id)
	_, err := s.interrupt(t)
	require.NoError(t, err)
	kept, err := filepath.Glob(filepath.Join(s.state, "devproxy", "*", "runner", "executes", "*.jsonl"))
	require.NoError(t, err)
	require.Len(t, kept, 1)

	s = startIn(t, s.state, startLimit, s.command(t, "up", "--port", "0", "--record", "off", "--extension", helloDir))
	s.waitForHandlers(t)
	assert.NoFileExists(t, kept[0])
	post(t, s.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`)
	for _, command := range []string{"replay", "capabilities"} {
		code, _, errs := s.said(t, command)
		assert.Equal(t, exitFailure, code)
		assert.Contains(t, errs, "recording_off")
	}
	assert.NoFileExists(t, kept[0])
}

func TestTrace_shows_the_way_of_one_call_in_order(t *testing.T) {
	w := curiousExtension(t, "127.0.0.1")
	at := teapot(t)
	id := w.use("?target="+url.QueryEscape(at), `{}`)
	_, out, _ := w.said(t, "trace", id, "--json")
	assert.Equal(t, []string{"trace"}, checkLines(t, out))
	got := decoded[traced](t, out)
	var order []string
	for i, e := range got.Events {
		order = append(order, e.Source+" "+e.Text)
		if i > 0 {
			assert.GreaterOrEqual(t, e.At, got.Events[i-1].At)
		}
		assert.LessOrEqual(t, e.At+e.MS, got.Execute.MS+1, e.Text)
	}
	text := strings.Join(order, "\n")
	last := -1
	for _, part := range []string{
		"browser POST /use, 2 bytes", "gateway read the request", "backend embedded executes", "runner find the bundle", "runner run the handler",
		"host secrets#get api_key → ok", "host secrets#get not_there → missing", "handler info the key is [redacted]", "handler warn token: [redacted]",
		"host storage#put n/k → ok", "host http#fetch GET " + at + "/[redacted] → ok: 418, 0 bytes", "gateway answers 200",
	} {
		found := strings.Index(text, part)
		assert.Greater(t, found, last, "%s in\n%s", part, text)
		last = found
	}
	var about []string
	for _, line := range got.Log {
		about = append(about, line.Source+" "+line.Message)
	}
	assert.Contains(t, about, "gateway executed", "the gateway's log has the id, too")

	_, out, _ = w.said(t, "trace", "--last")
	assert.Contains(t, out, id)
	assert.Regexp(t, `(?m)^ +\d+\.\d ms +\d+\.\d ms +host +storage#put n/k → ok$`, out)

	res, err := http.Get(w.url + "/api/ext/acme.curious/fail")
	require.NoError(t, err)
	res.Body.Close()
	_, out, _ = w.said(t, "trace", res.Header.Get("X-Request-Id"))
	assert.Contains(t, out, "answers 500: execute_failed: ")
	assert.Contains(t, out, "src/handler.ts:", "the place is the developer's")
}

func TestCapabilities_the_least_manifest_is_what_is_used(t *testing.T) {
	w := curiousExtension(t, "allowed.example")
	code, out, _ := w.said(t, "capabilities", "--check")
	assert.Zero(t, code)
	assert.Contains(t, out, "no call of its handler was seen yet")
	w.use("?target=http://refused.example:81/x", `{}`)
	code, out, errs := w.said(t, "capabilities", "acme.curious", "--json", "--check")
	assert.Equal(t, exitFailure, code)
	assert.Contains(t, errs, "capability_missing")
	assert.Equal(t, []string{"capabilities"}, checkLines(t, out))
	uses := decoded[runnerstatus.Uses](t, out).Extensions[0]
	assert.Equal(t, []string{"cap:http.fetch", "cap:secrets.get", "cap:storage.kv"}, uses.Least, "three of seven")
	states := map[string]string{}
	for _, c := range uses.Capabilities {
		states[c.Name] = c.Status
	}
	assert.Equal(t, map[string]string{
		"cap:http.fetch": "used", "cap:secrets.get": "used", "cap:storage.kv": "used", "cap:log.emit": "used",
		"cap:ui.proxy": "unused", "cap:scheduler.manage": "unused", "cap:client.read": "unused", "cap:service.read": "unused",
	}, states)
	assert.Equal(t, []runnerstatus.NameUse{{Name: "refused.example:81", Calls: 1, Denied: 1}}, uses.Hosts)
	assert.Equal(t, []runnerstatus.NameUse{{Name: "api_key", Calls: 1}, {Name: "not_there", Calls: 1, Denied: 1}}, uses.Secrets)
	assert.Len(t, uses.Missing, 2)
	_, out, _ = w.said(t, "capabilities")
	assert.Contains(t, out, `  "capabilities": ["cap:http.fetch", "cap:secrets.get", "cap:storage.kv"]`)
	assert.Contains(t, out, "add 'egress refused.example:81'")

	// what is pasted is enough; what is left out of it is missed
	manifest, err := os.ReadFile(w.path("manifest.json"))
	require.NoError(t, err)
	before, _, _ := strings.Cut(string(manifest), `"cap:ui.proxy"`)
	_, after, _ := strings.Cut(string(manifest), `"cap:service.read"`)
	w.save("manifest.json", strings.Replace(strings.TrimSuffix(before, ",")+after, `"cap:storage.kv",`, "", 1))
	w.hasStatus("the new manifest is in use", func(e runnerstatus.Extension) bool { return len(e.Warnings) > 0 })
	_, out, _ = w.said(t, "capabilities", "--json")
	uses = decoded[runnerstatus.Uses](t, out).Extensions[0]
	assert.Equal(t, []string{"cap:http.fetch", "cap:secrets.get", "cap:storage.kv"}, uses.Least)
	assert.Contains(t, strings.Join(uses.Missing, "\n"), `add "cap:storage.kv" to "capabilities"`)
}
