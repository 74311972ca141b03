package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/examples/host"
)

func TestAlga19_buildExtUiSrc_takes_full_hashes_only(t *testing.T) {
	tab := openBridge(t)
	hex := strings.Repeat("0aF", 22)[:64]
	src := func(args string) string {
		return evaluate[string](t, tab, `(() => { try { return buildExtUiSrc(`+args+`) } catch (cause) { return cause.name } })()`)
	}

	for _, hash := range []string{`"sha256:abc"`, `"` + hex + `"`, `"sha256:` + hex + `0"`, `"sha512:` + hex + `"`, `undefined`} {
		assert.Equal(t, "TypeError", src(`"acme.hello", `+hash), hash)
	}
	escaped := "sha256%3A" + hex
	assert.Equal(t, "/runner/ext-ui/acme.hello/"+escaped+"/index.html?path=%2F&extensionId=acme.hello",
		src(`"acme.hello", "sha256:`+hex+`"`))
	assert.Equal(t, "https://ui.example/ext-ui/a%2Fb/"+escaped+"/index.html?path=%2Ftasks%3Fopen%3D1&tenant=t1&extensionId=a%2Fb",
		src(`"a/b", "sha256:`+hex+`", "/tasks?open=1", {tenantId: "t1", publicBaseOverride: "https://ui.example/"}`))
}

func TestAlga20_bridge_heeds_its_own_child_only_and_clamps_the_height(t *testing.T) {
	const unchanged = ""
	resize := func(height any) map[string]any {
		return map[string]any{"alga": true, "version": "1", "type": "resize", "payload": map[string]any{"height": height}}
	}
	cases := map[string]struct {
		message map[string]any
		scene   map[string]any
		want    string
	}{
		"too high":                  {resize(99999), nil, "4000px"},
		"too low":                   {resize(7), nil, "100px"},
		"a fraction":                {resize(250.9), nil, "250px"},
		"not a number":              {resize("4000"), nil, unchanged},
		"no envelope":               {map[string]any{"type": "resize", "payload": map[string]any{"height": 300}}, nil, unchanged},
		"another version":           {map[string]any{"alga": true, "version": "2", "type": "resize", "payload": map[string]any{"height": 300}}, nil, unchanged},
		"an unknown type":           {map[string]any{"alga": true, "version": "1", "type": "constructor"}, nil, unchanged},
		"a foreign window":          {resize(300), map[string]any{"from": "stranger"}, unchanged},
		"a frame with our origin":   {resize(300), map[string]any{"sandbox": nil}, "300px"},
		"a foreign window of it":    {resize(300), map[string]any{"sandbox": nil, "from": "stranger"}, unchanged},
		"a foreign origin":          {resize(300), map[string]any{"sandbox": nil, "from": "moved"}, unchanged},
		"a sandbox with our origin": {resize(300), map[string]any{"sandbox": "allow-scripts allow-same-origin"}, "300px"},
	}
	tab := openBridge(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			scene := map[string]any{"message": c.message}
			for key, value := range c.scene {
				scene[key] = value
			}
			argument, err := json.Marshal(scene)
			require.NoError(t, err)
			assert.Equal(t, c.want, evaluate[string](t, tab, `heightAfter(`+string(argument)+`)`))
		})
	}
}

func TestBridge_apiproxy_reaches_the_extension_s_own_handler_only(t *testing.T) {
	cases := map[string]struct {
		call string
		want map[string]any
	}{
		"POST unless told":   {`{route: "/greet", body: "Zoë ♥"}`, answered("POST /api/ext/acme.test/greet Zoë ♥")},
		"a query":            {`{route: "/tasks?open=1", method: "GET"}`, answered("GET /api/ext/acme.test/tasks?open=1 ")},
		"two slashes":        {`{route: "//evil.example/x"}`, answered("POST /api/ext/acme.test//evil.example/x ")},
		"up and out":         {`{route: "/../acme.other/greet"}`, refused("invalid_route")},
		"up and out, hidden": {`{route: "/%2E%2e/acme.other/greet"}`, refused("invalid_route")},
		"backslashes":        {`{route: "/..\\acme.other"}`, refused("invalid_route")},
		"no slash":           {`{route: "-evil/x"}`, refused("invalid_route")},
		"no route":           {`{}`, refused("invalid_route")},
		"an odd method":      {`{route: "/greet", method: "TRACE"}`, refused("invalid_method")},
	}
	tab := openBridge(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			answer := evaluate[map[string]any](t, tab, `callAs("acme.test", `+c.call+`)`)
			delete(answer, "message") // for people
			assert.Equal(t, c.want, answer)
		})
	}
}

func answered(body string) map[string]any { return map[string]any{"status": 200.0, "body": body} }

func refused(code string) map[string]any { return map[string]any{"error": code} }

// echo answers any call with its method, target and body.
func echo(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s ", r.Method, r.RequestURI)
	_, _ = io.Copy(w, r.Body)
}

// openBridge opens a page with the host's own modules in it.
func openBridge(t *testing.T) context.Context {
	t.Helper()
	routes := http.NewServeMux()
	routes.Handle("/", http.FileServerFS(host.Files))
	routes.Handle("/testdata/", http.StripPrefix("/testdata/", http.FileServer(http.Dir("testdata/bridge"))))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			echo(w, r) // past the mux, which would clean the path
			return
		}
		routes.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)

	tab := openTab(t)
	// By name, so that the address 127.0.0.1 is another origin.
	do(t, tab, chromedp.Navigate(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/testdata/"))
	waitFor(t, tab, `"heightAfter" in globalThis`)
	return tab
}
