package livereload

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestEndpoints_answer_only_those_with_the_token_and_a_fitting_origin(t *testing.T) {
	l := testLive(t)
	token := l.tokens.page(extension)
	cases := map[string]struct {
		token, origin string
		want          int
		code, allowed string
	}{
		"no origin, as a script's":  {token, "", 200, "", ""},
		"the page's own origin":     {token, "http://example.com", 200, "", ""},
		"a sandboxed page":          {token, "null", 200, "", "null"},
		"a sandboxed stranger":      {"guess", "null", 403, "invalid_live_token", "null"},
		"a part of the token":       {token[:20], "", 403, "invalid_live_token", ""},
		"no token":                  {"", "", 403, "invalid_live_token", ""},
		"another extension's":       {l.tokens.page("acme.other"), "null", 403, "invalid_live_token", "null"},
		"that of the frames":        {l.tokens.frames(), "null", 403, "invalid_live_token", "null"},
		"another process's":         {newTokens().page(extension), "", 403, "invalid_live_token", ""},
		"another origin with token": {token, "http://evil.example", 403, "foreign_origin", ""},
		"another port with token":   {token, "http://example.com:81", 403, "foreign_origin", ""},
		"no origin at all":          {token, "://", 403, "foreign_origin", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, DefaultPrefix+"client.js?ext="+extension+"&t="+c.token, nil)
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			got := serve(l, r)
			assert.Equal(t, c.want, got.Code)
			assert.Equal(t, c.allowed, got.Header().Get("Access-Control-Allow-Origin"))
			assert.Equal(t, "Origin", got.Header().Get("Vary"))
			assert.Equal(t, c.code, errorCode(t, got))
		})
	}
}

func TestEndpoints_refuse_other_paths_methods_and_queries(t *testing.T) {
	l := testLive(t)
	for request, want := range map[string]string{
		"GET nothing":     "not_found",
		"GET ":            "not_found",
		"POST client.js":  "method_not_allowed",
		"GET console":     "method_not_allowed",
		"OPTIONS events":  "method_not_allowed",
		"POST open?ext=x": "no_editor",
		"POST console":    "invalid_console",
	} {
		method, path, _ := strings.Cut(request, " ")
		got := serve(l, withToken(l, method, path, ""))
		assert.Equal(t, want, errorCode(t, got), request)
	}
	many := withToken(l, http.MethodGet, "events?"+strings.Repeat("also=a&", pageExtensions+1), "")
	assert.Equal(t, "invalid_extensions", errorCode(t, serve(l, many)))
}

func TestConsole_publishes_lines_that_cannot_steer_a_terminal(t *testing.T) {
	l := testLive(t)
	heard := l.cfg.Bus.Subscribe(8)
	got := serve(l, withToken(l, http.MethodPost, "console", `[
		{"build":"b1","level":"warning","message":"a\u001b[2J\u0007\u009b31mb\n\tc","source":"x.js:1:2"},
		{"extension":"acme.other","level":"fatal","message":"`+strings.Repeat("é", messageBytes)+`"}]`))
	assert.Equal(t, http.StatusNoContent, got.Code)
	assert.Equal(t, event.Console{Extension: extension, Build: "b1", Level: "warning", Message: "a31mb\n\tc", Source: "x.js:1:2"}, <-heard.Events())
	long := (<-heard.Events()).(event.Console)
	assert.Equal(t, "error", long.Level)
	assert.Equal(t, extension, long.Extension, "whatever the line says")
	assert.Equal(t, strings.Repeat("é", messageBytes/2)+" …", long.Message)
	assert.Equal(t, http.StatusNoContent, serve(l, withToken(l, http.MethodPost, "console?ext=acme.gone", `[{"message":"of nobody"}]`)).Code)
	assert.Empty(t, heard.Events())
}

func TestConsole_has_limits(t *testing.T) {
	l := testLive(t)
	line := `{"message":"x"}`
	lines := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(line+",", n), ",") + "]" }
	for body, want := range map[string]string{
		lines(consoleLines + 1): "invalid_console",
		`[{"message":"` + strings.Repeat("x", consoleBytes) + `"}]`: "invalid_console",
		`{}`: "invalid_console",
	} {
		assert.Equal(t, want, errorCode(t, serve(l, withToken(l, http.MethodPost, "console", body))))
	}
	last := ""
	for range 5 {
		last = errorCode(t, serve(l, withToken(l, http.MethodPost, "console", lines(consoleLines))))
	}
	assert.Equal(t, "rate_limited", last)

	l.cfg.NoConsole = true
	assert.Equal(t, "console_off", errorCode(t, serve(l, withToken(l, http.MethodPost, "console", "[]"))))
	assert.Contains(t, l.tag(Page{}, ""), `data-off="console open"`)
}

func TestConsole_and_editor_of_one_extension_are_not_used_up_by_another(t *testing.T) {
	l := testLive(t)
	l.cfg.Open = func(context.Context, string, int, int) error { return nil }
	for _, path := range []string{"console", "open"} {
		ask := func(of string) string {
			return errorCode(t, serve(l, withToken(l, http.MethodPost, path+"?file=x&ext="+of, `[{"message":"x"}]`)))
		}
		for range 1000 {
			if ask(neighbour) == "rate_limited" {
				break
			}
		}
		require.Equal(t, "rate_limited", ask(neighbour), path)
		assert.NotEqual(t, "rate_limited", ask(extension), path)
	}
}

func TestState_is_what_the_stream_says_and_of_the_page_s_own_extension_only(t *testing.T) {
	l := testLive(t)
	l.hub.apply(event.Published{Extension: extension, Build: "b1"})
	l.hub.apply(event.Published{Extension: neighbour, Build: "b2"})
	got := serve(l, withToken(l, http.MethodGet, "state", ""))
	assert.Equal(t, http.StatusOK, got.Code)
	assert.Equal(t, "no-store, no-transform", got.Header().Get("Cache-Control"))
	known, _ := l.hub.look(extension)
	assert.JSONEq(t, string(known.encoded), got.Body.String())
	l.hub.close()
	assert.Equal(t, "shutting_down", errorCode(t, serve(l, withToken(l, http.MethodGet, "state", ""))))
}

func TestOpen_opens_files_of_the_extension_s_folder_only(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), nil, 0o600))
	l := testLive(t)
	dir, _ := l.cfg.Folder(extension)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "src"), 0o755))
	main := filepath.Join(dir, "src", "main.ts")
	require.NoError(t, os.WriteFile(main, nil, 0o600))
	linked := os.Symlink(outside, filepath.Join(dir, "link")) == nil
	var opened []any
	l.cfg.Open = func(_ context.Context, file string, line, column int) error {
		opened = []any{file, line, column}
		return nil
	}
	cases := map[string]struct {
		query string
		want  []any
	}{
		"a file":            {"ext=acme.test&file=src/main.ts&line=3&column=7", []any{main, 3, 7}},
		"an absolute file":  {"ext=acme.test&line=-1&column=x&file=" + main, []any{main, 0, 0}},
		"an odd path":       {"ext=acme.test&file=src/../src/main.ts", []any{main, 0, 0}},
		"a folder":          {"ext=acme.test&file=src", nil},
		"no file":           {"ext=acme.test", nil},
		"a missing file":    {"ext=acme.test&file=src/other.ts", nil},
		"outside":           {"ext=acme.test&file=../secret", nil},
		"outside, absolute": {"ext=acme.test&file=" + filepath.Join(outside, "secret"), nil},
		"through a link":    {"ext=acme.test&file=link/secret", nil},
		"another extension": {"ext=acme.other&file=src/main.ts", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if !linked && name == "through a link" {
				require.NotEqual(t, "true", os.Getenv("CI"), "this machine makes no symbolic links")
				t.Skip("this machine makes no symbolic links")
			}
			l.open = newLimits(1e6, 100)
			opened = nil
			got := serve(l, withToken(l, http.MethodPost, "open?"+c.query, ""))
			assert.Equal(t, c.want, opened)
			assert.Equal(t, c.want != nil, got.Code == http.StatusNoContent)
		})
	}
}

func TestOpen_tells_what_went_wrong_and_takes_its_time(t *testing.T) {
	l := testLive(t)
	dir, _ := l.cfg.Folder(extension)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), nil, 0o600))
	l.cfg.Open = func(context.Context, string, int, int) error { return errors.New("no display") }
	var codes []string
	for range 4 {
		codes = append(codes, errorCode(t, serve(l, withToken(l, http.MethodPost, "open?ext=acme.test&file=a", ""))))
	}
	assert.Equal(t, []string{"editor_failed", "editor_failed", "editor_failed", "rate_limited"}, codes)
}

func TestNew_says_what_is_missing(t *testing.T) {
	_, err := New(Config{})
	assert.ErrorContains(t, err, "it needs an event bus and the extensions' folders")
	_, err = New(Config{Bus: &event.Bus{}, Folder: func(string) (string, bool) { return "", false }, Prefix: "/live"})
	assert.ErrorContains(t, err, "/live must have a slash at both ends")
}

func withToken(l *Live, method, path, body string) *http.Request {
	r := httptest.NewRequest(method, DefaultPrefix+path, strings.NewReader(body))
	query := r.URL.Query()
	if !query.Has("ext") {
		query.Set("ext", extension)
	}
	query.Set("t", l.tokens.page(query.Get("ext")))
	r.URL.RawQuery = query.Encode()
	return r
}

func serve(l *Live, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w
}

// errorCode gives the code of an error, "" for any other answer.
func errorCode(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code < 400 {
		return ""
	}
	var body struct {
		Error struct{ Code, Message string }
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	assert.NotEmpty(t, body.Error.Message)
	return body.Error.Code
}
