package caddymodule

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestControl_lists_extensions_and_what_is_wrong_with_folders(t *testing.T) {
	good, broken := extensionFolder(t, nil), extensionFolder(t, map[string]string{"manifest.json": "{\n\"name\": 7}"})
	require.NoError(t, os.Remove(good+"/dist/main.wasm"))
	s := serve(t, "extension "+good+" "+broken, "runner {\nprefix /r\n}")
	var list struct {
		Extensions []struct {
			ID      string `json:"id"`
			Version string `json:"version"`
			Hash    string `json:"hash"`
			UIURL   string `json:"ui_url"`
			Dir     string `json:"dir"`
			Handler struct{ Status, Message, Fix string }
		} `json:"extensions"`
		Errors []struct{ Code, Dir, Message string } `json:"errors"`
	}
	a := s.get("/__runner/extensions")
	require.NoError(t, json.Unmarshal([]byte(a.body), &list), a.body)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Len(t, list.Extensions, 1)
	e := list.Extensions[0]
	assert.Equal(t, "acme.hello", e.ID)
	assert.Equal(t, good, e.Dir)
	assert.Equal(t, "missing", e.Handler.Status)
	assert.Equal(t, "write src/handler.ts, or name the source with `handler FILE` in the extension's block", e.Handler.Fix)
	require.Len(t, list.Errors, 1)
	assert.Equal(t, "manifest_invalid", list.Errors[0].Code)
	assert.Contains(t, list.Errors[0].Message, broken+`/manifest.json:2:9: field "name" must be a string, not a number`)

	missing := s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	assert.Equal(t, 502, missing.status)
	assert.Equal(t, "handler_missing", missing.code(t))
	assert.Contains(t, missing.body, e.Handler.Fix, "the gateway says what the status says")

	ui := s.get(e.UIURL)
	assert.Equal(t, 200, ui.status, "the UI's URL is where the UI is: %s", e.UIURL)
	assert.Contains(t, ui.body, "<h1>hello</h1>")
}

func TestControl_is_read_only_and_keeps_the_rest_of_its_prefix(t *testing.T) {
	s := serve(t, "", "runner\nrespond app 418")
	assert.Equal(t, 405, s.do(s.request("POST", "/__runner/extensions", nil)).status)
	a := s.get("/__runner/anything")
	assert.Equal(t, 404, a.status)
	assert.Equal(t, "not_found", a.code(t))
}

func TestHealth_is_200_whatever_the_backend_does(t *testing.T) {
	s := serve(t, "", "runner")
	a := s.get("/health")
	assert.Equal(t, 200, a.status)
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.Contains(t, a.body, `"dependencies":{"dockerRunner":{"status":"up","backend":"embedded","optional":true`)
	assert.Equal(t, 200, s.get("/health?strict").status)
	assert.Equal(t, 405, s.do(s.request("DELETE", "/health", nil)).status)
	s = serve(t, lines("backend other "+refusing(t), "default other"), "runner")
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		a = s.get("/health")
		assert.Equal(c, 200, a.status)
		assert.Contains(c, a.body, `{"status":"down","backend":"other","baseUrl":"http://127.0.0.1:`)
		assert.Contains(c, a.body, `"lastError":{"code":"connection_refused"`)
	}, waitLong, waitStep)
	for query, status := range map[string]int{"?strict": 503, "?strict=1": 503, "?strict=off": 200, "?strictly": 200} {
		assert.Equal(t, status, s.get("/health"+query).status, query)
	}
	assert.Equal(t, "1", s.get("/health?strict").header.Get("Retry-After"))
	s = serve(t, lines("backend unset", "default unset"), "runner")
	require.Eventually(t, func() bool { return strings.Contains(s.get("/health").body, `"code":"not_configured"`) }, waitLong, waitStep)
}

func TestUpstreams_follow_the_selected_backend(t *testing.T) {
	s := serve(t, lines("backend a "+swapRunner(t, "a").URL, "backend b "+swapRunner(t, "b").URL, "default a"),
		"runner\nreverse_proxy /mine/* {\ndynamic runner\n}")
	assert.Contains(t, s.get("/mine/x").body, "a ")
	require.NoError(t, live.Load().Select("b"))
	assert.Contains(t, s.get("/mine/x").body, "b ")
	require.NoError(t, live.Load().Select("embedded"))
	assert.Equal(t, 404, s.get("/mine/x").status, "the embedded runner answers on its socket")
}

func TestControl_tells_of_extensions_as_they_change(t *testing.T) {
	dir := extensionFolder(t, nil)
	s := serve(t, "extension "+dir, "runner")
	assert.Empty(t, s.do(s.request(http.MethodHead, "/__runner/extensions/events", nil)).body)
	res, err := noRedirects.Do(s.request(http.MethodGet, "/__runner/extensions/events", nil))
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	until := func(holds func(extensionList) bool) {
		t.Helper()
		for lines.Scan() {
			var list extensionList
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
				require.NoError(t, json.Unmarshal([]byte(data), &list))
				if holds(list) {
					return
				}
			}
		}
		require.FailNow(t, "the stream ended", lines.Err())
	}
	until(func(l extensionList) bool { return len(l.Extensions) == 1 && l.Extensions[0].Error == nil })
	write(t, dir+"/manifest.json", "{")
	until(func(l extensionList) bool { return len(l.Errors) == 1 && l.Extensions[0].Error != nil })
	write(t, dir+"/manifest.json", helloManifest)
	until(func(l extensionList) bool { return len(l.Errors) == 0 && l.Extensions[0].Error == nil })
}
