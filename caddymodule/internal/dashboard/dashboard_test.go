package dashboard

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newBoard(t *testing.T) (*Board, *event.Bus) {
	t.Helper()
	bus := new(event.Bus)
	b := New(bus)
	t.Cleanup(b.Close)
	return b, bus
}

func plain() View {
	return View{
		Snapshot: func() runnerstatus.Snapshot {
			return runnerstatus.Snapshot{Selected: "embedded", Backends: []runnerstatus.Backend{{Name: "embedded", Status: "up"}}}
		},
		Config: func() any { return []string{} },
	}
}

func TestRing_keeps_the_newest_in_order(t *testing.T) {
	r := newRing[int](3)
	assert.Equal(t, []int{}, r.all())
	for n := range 8 {
		r.add(n)
		want := []int{}
		for i := max(0, n-2); i <= n; i++ {
			want = append(want, i)
		}
		assert.Equal(t, want, r.all())
	}
}

func TestBoard_records_requests_without_queries_and_executes_apart(t *testing.T) {
	b, _ := newBoard(t)
	b.Hide([]string{"hunter22", "abc"})
	for range keptRequests + 5 {
		record(b, "/runner/x?token=1", nil)
	}
	record(b, "/api/ext/a.b/hunter22/abc", &Execute{Extension: "a.b", Input: 3, Output: 4})
	got := b.everything(plain())
	assert.Len(t, got.Requests, keptRequests)
	assert.Equal(t, "/runner/x", got.Requests[0].Path)
	require.Len(t, got.Executes, 1, "files of a page push no call out")
	e := got.Executes[0]
	assert.Equal(t, "/api/ext/a.b/•••/abc", e.Path, "secrets are blanked, but for those too short to tell")
	assert.Equal(t, "embedded", e.Backend)
	assert.Equal(t, 2, e.Generation)
	assert.Equal(t, "runner_timeout", e.Code)
	assert.Equal(t, 504, e.Status)
	assert.Equal(t, 7, e.Bytes)
}

func record(b *Board, target string, e *Execute) {
	r, rec := b.Begin(httptest.NewRequest(http.MethodGet, target, nil))
	RecordingOf(r.Context()).Answers("embedded", 2)
	if e != nil {
		RecordingOf(r.Context()).Executed("id", *e)
	}
	RecordingOf(r.Context()).Refused("runner_timeout")
	rec.End(504, 7, "")
}

func TestRecording_of_a_request_that_nobody_records_goes_nowhere(t *testing.T) {
	RecordingOf(t.Context()).Refused("x")
	RecordingOf(t.Context()).Answers("x", 1)
}

func TestTee_keeps_all_levels_and_hands_on_what_is_wanted(t *testing.T) {
	b, _ := newBoard(t)
	b.Hide([]string{"s3cret"})
	var passed strings.Builder
	log := slog.New(b.Tee(slog.NewTextHandler(&passed, &slog.HandlerOptions{Level: slog.LevelInfo})))
	log.Debug("npm says s3cret", "extension", "a.b", "target", "ui")
	log.With("extension", "a.b").Info("hello", "source", "guest", "n", 7)
	log.Warn("browser: oops", "extension", "a.b", "level", "error", "fix", "mend it", "frame", "1 | x")
	log.With("hint", "s3cret").Error("engine s3cret away", "cause", "two words", "error", errors.New("no s3cret"), "n", 8)
	lines := b.everything(plain()).Lines
	require.Len(t, lines, 4)
	var sources []string
	for _, line := range lines {
		sources = append(sources, line.Level+" "+line.Source)
	}
	assert.Equal(t, []string{"debug build", "info handler", "warn browser", "error engine"}, sources)
	assert.Equal(t, "npm says •••", lines[0].Message)
	assert.Equal(t, "a.b", lines[1].Extension)
	assert.Equal(t, "n=7", lines[1].Fields)
	assert.Equal(t, "1 | x\nfix: mend it", lines[2].Detail)
	assert.Equal(t, `hint=••• cause="two words" error="no •••" n=8`, lines[3].Fields)
	assert.NotContains(t, passed.String(), "npm")
	assert.NotContains(t, passed.String(), "s3cret", "the terminal gets none either")
	assert.Contains(t, passed.String(), `msg="engine ••• away" hint=••• cause="two words" error="no •••" n=8`)
	assert.Equal(t, 3, strings.Count(passed.String(), "\n"))
}

func TestBoard_keeps_no_half_of_a_secret_at_the_end_of_a_long_line(t *testing.T) {
	b, _ := newBoard(t)
	b.Hide([]string{"hunter2", "hunter2-and-more"})
	b.Log(Line{Message: strings.Repeat("a", longestLine-3) + "hunter2-and-more"})
	b.Log(Line{Message: "hunter2-and-more"})
	lines := b.everything(plain()).Lines
	assert.NotContains(t, lines[0].Message, "hun")
	assert.Equal(t, "•••", lines[1].Message)
}

func TestBoard_hides_each_line_of_a_secret(t *testing.T) {
	b, _ := newBoard(t)
	b.Hide([]string{"-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nend\n"})
	assert.Equal(t, "out: •••", b.Hidden("out: MIIEvQIBADANBgkqhkiG"))
	assert.Equal(t, "the end", b.Hidden("the end"), "too short to be one")
	problem := event.Problem{Code: "build_failed", File: "a.ts", Message: "MIIEvQIBADANBgkqhkiG is bad", Frame: "1 | MIIEvQIBADANBgkqhkiG", Fix: "leave MIIEvQIBADANBgkqhkiG out"}
	assert.Equal(t, event.Problem{Code: "build_failed", File: "a.ts", Message: "••• is bad", Frame: "1 | •••", Fix: "leave ••• out"}, b.HiddenProblem(problem))
}

func TestBoard_keeps_ten_thousand_lines_and_no_more(t *testing.T) {
	b, _ := newBoard(t)
	for range keptLines + 1 {
		b.Log(Line{Message: strings.Repeat("é", longestLine)})
	}
	lines := b.everything(plain()).Lines
	assert.Len(t, lines, keptLines)
	assert.Equal(t, int64(2), lines[0].N)
	assert.LessOrEqual(t, len(lines[0].Message), longestLine+len("…"))
}

func TestStatus_says_since_when_a_backend_is_what_it_is(t *testing.T) {
	b, _ := newBoard(t)
	v, now := plain(), "up"
	v.Snapshot = func() runnerstatus.Snapshot {
		return runnerstatus.Snapshot{Backends: []runnerstatus.Backend{{Name: "a", Status: now}}}
	}
	first := b.status(v).Since["a"]
	assert.Equal(t, first, b.status(v).Since["a"])
	now = "down"
	assert.True(t, b.status(v).Since["a"].After(first))
}

func TestStatus_tells_what_goes_on_without_secrets(t *testing.T) {
	b, _ := newBoard(t)
	b.Hide([]string{"s3cret"})
	v := plain()
	v.Snapshot = func() runnerstatus.Snapshot {
		return runnerstatus.Snapshot{Tasks: []runnerstatus.Task{{Kind: "image_build", Subject: "web", Detail: "RUN login s3cret", Share: 0.5}}}
	}
	tasks := b.status(v).Tasks
	require.Len(t, tasks, 1)
	assert.Equal(t, "RUN login •••", tasks[0].Detail)
}

func TestServe_has_the_page_its_files_and_nothing_else(t *testing.T) {
	b, _ := newBoard(t)
	for path, kind := range map[string]string{
		"/__runner/": "text/html; charset=utf-8", "/__runner/dashboard/app.js": "text/javascript; charset=utf-8",
		"/__runner/dashboard/style.css": "text/css; charset=utf-8", "/__runner/dashboard/state": "application/json; charset=utf-8",
	} {
		w := httptest.NewRecorder()
		require.True(t, b.Serve(w, httptest.NewRequest(http.MethodGet, path, nil), plain()), path)
		assert.Equal(t, kind, w.Header().Get("Content-Type"))
		assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	}
	for _, path := range []string{"/__runner/x", "/__runner/dashboard/", "/__runner/dashboard/../port.go", "/__runner/dashboard/actions/build", "/else"} {
		assert.False(t, b.Serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil), plain()), path)
	}
}

func TestStream_tells_everything_first_and_then_what_changes(t *testing.T) {
	b, bus := newBoard(t)
	b.Log(Line{Message: "before"})
	v := plain()
	var selected atomic.Value
	selected.Store("embedded")
	v.Snapshot = func() runnerstatus.Snapshot { return runnerstatus.Snapshot{Selected: selected.Load().(string)} }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.Serve(w, r, v) }))
	defer server.Close()
	next := events(t, server.URL+"/__runner/dashboard/events")
	assert.Contains(t, next("all"), `"before"`)
	b.Log(Line{Message: "after"})
	assert.Contains(t, next("line"), `"after"`)
	record(b, "/runner/x", nil)
	assert.Contains(t, next("request"), `"/runner/x"`)
	bus.Publish(event.BuildStarted{Extension: "a.b", Number: 1, Target: event.UI, At: time.Now()})
	assert.Contains(t, next("run"), `"building"`)
	selected.Store("docker")
	for !strings.Contains(next("status"), `"selected":"docker"`) { // the one before may come at any time
	}
	for range 20 * waiting { // more than a page is waited for
		b.Log(Line{Message: strings.Repeat("x", longestLine)})
	}
	assert.Contains(t, next("all"), `"selected":"docker"`, "a page that is slow is told everything anew")
	b.Close()
}

// events gives a function that reads on to the next event of a name.
func events(t *testing.T, url string) func(name string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewReader(res.Body)
	return func(name string) string {
		found := false
		for {
			line, err := lines.ReadString('\n')
			require.NoError(t, err, "waiting for %s", name)
			if found {
				return line
			}
			found = line == "event: "+name+"\n"
		}
	}
}

func TestPort_lets_in_who_has_a_key_once(t *testing.T) {
	b, _ := newBoard(t)
	v := plain()
	v.Origin = "http://localhost:3000"
	v.Actions = map[string]http.Handler{"build": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "built "+r.URL.Query().Get("extension"))
	})}
	address, err := b.Open(v)
	require.NoError(t, err)
	base, key, found := strings.Cut(address, "#key=")
	require.True(t, found, address)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/__runner/$`, base)

	status, body := ask(t, http.MethodGet, base, nil)
	assert.Equal(t, 200, status, "the page itself holds no secret")
	assert.NotContains(t, body, key)
	for _, path := range []string{"state", "events"} {
		status, body = ask(t, http.MethodGet, base+"dashboard/"+path, nil)
		assert.Equal(t, 401, status)
		assert.Contains(t, body, codeLocked)
	}
	for _, wrong := range []string{"", "x", key} {
		status, _ = ask(t, http.MethodPost, base+"dashboard/actions/build", map[string]string{"Authorization": "Bearer " + wrong})
		assert.Equal(t, 401, status, "%q", wrong)
	}
	status, body = ask(t, http.MethodPost, base+"dashboard/session", map[string]string{"Authorization": "Bearer " + key})
	require.Equal(t, 200, status, body)
	var answer struct{ Token string }
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	status, _ = ask(t, http.MethodPost, base+"dashboard/session", map[string]string{"Authorization": "Bearer " + key})
	assert.Equal(t, 401, status, "a key is good once")

	token := map[string]string{"Authorization": "Bearer " + answer.Token}
	status, body = ask(t, http.MethodPost, base+"dashboard/actions/build?extension=a.b", token)
	assert.Equal(t, 200, status)
	assert.Equal(t, "built a.b", body)
	status, body = ask(t, http.MethodGet, base+"dashboard/state", token)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"access":{"actions":["build"],"origin":"http://localhost:3000"}`)
	status, _ = ask(t, http.MethodGet, base+"dashboard/actions/build", token)
	assert.Equal(t, 405, status, "nothing acts on a GET")
	status, _ = ask(t, http.MethodPost, base+"dashboard/actions/other", token)
	assert.Equal(t, 404, status)
	for name, header := range map[string]map[string]string{
		"rebound": {"Host": "evil.example"}, "of another port": {"Origin": "http://127.0.0.1:1"}, "sandboxed": {"Origin": "null"}, "cross-site": {"Sec-Fetch-Site": "same-site"},
	} {
		header["Authorization"] = token["Authorization"]
		status, body = ask(t, http.MethodPost, base+"dashboard/actions/build", header)
		assert.Equal(t, 403, status, name)
		assert.Contains(t, body, codeForeign)
	}

	again, err := b.Open(v)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(again, base), "there is one port")
	assert.NotEqual(t, address, again)
	b.Close()
	_, err = b.Open(v)
	assert.ErrorIs(t, err, ErrClosed)
	_, err = http.Get(base)
	assert.Error(t, err, "the port closes with the board")
}

func ask(t *testing.T, method, url string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	req.Host = header["Host"]
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestPort_takes_no_origin_that_would_change_the_policy(t *testing.T) {
	b, _ := newBoard(t)
	for _, origin := range []string{"localhost", "http://a;script-src *", "http://a/path", "javascript:x", "http://a b"} {
		v := plain()
		v.Origin = origin
		_, err := b.Open(v)
		assert.Error(t, err, origin)
	}
}

func TestKeys_end_when_there_are_many(t *testing.T) {
	var k keys
	first := k.cut()
	for range mostKeys {
		k.cut()
	}
	assert.Empty(t, k.exchange(first))
	assert.Empty(t, k.exchange(""))
	token := k.exchange(k.cut())
	assert.True(t, k.opens(token))
	assert.False(t, k.opens(""))
}
