package caddymodule

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// uiOf gives the address of the first extension's UI, for a page at host.
func (s *caddyServer) uiOf(host string) string {
	s.t.Helper()
	var list extensionList
	require.NoError(s.t, json.Unmarshal([]byte(s.at(host, "/__runner/extensions", nil).body), &list))
	require.Len(s.t, list.Extensions, 1)
	return list.Extensions[0].UIURL
}

// at asks under another host name.
func (s *caddyServer) at(host, path string, header map[string]string) answer {
	s.t.Helper()
	req := s.request(http.MethodGet, path, nil)
	req.Host = host
	for name, value := range header {
		req.Header.Set(name, value)
	}
	return s.do(req)
}

func TestIsolation_none_passes_on_what_the_runner_sends(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), "runner")
	page := s.at("localhost:3000", s.uiOf("localhost:3000"), map[string]string{"Origin": "null"})
	assert.Equal(t, 200, page.status)
	assert.NotContains(t, strings.Join(page.header.Values("Content-Security-Policy"), ";"), "sandbox")
	assert.Empty(t, page.header.Get("Access-Control-Allow-Origin"))
}

func TestIsolation_sandbox_seals_every_answer_of_a_UI_and_lets_it_load_its_own(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, map[string]string{"ui/a.js": "1"}), "runner {\nisolation sandbox\n}")
	ui := s.uiOf("localhost:3000")
	script := strings.Replace(ui, "index.html", "a.js", 1)
	for path, origin := range map[string]string{ui: "", script: "null", strings.Replace(ui, "/runner", "", 1): "null"} {
		a := s.at("localhost:3000", path, map[string]string{"Origin": origin})
		assert.Equal(t, 200, a.status)
		assert.Contains(t, strings.Join(a.header.Values("Content-Security-Policy"), "; "), "sandbox allow-scripts")
		assert.Contains(t, a.header.Values("Vary"), "Origin")
		assert.Equal(t, origin, a.header.Get("Access-Control-Allow-Origin"))
	}
	elsewhere := s.at("localhost:3000", script, map[string]string{"Origin": "https://evil.example"})
	assert.Empty(t, elsewhere.header.Get("Access-Control-Allow-Origin"))
	etag := s.at("localhost:3000", script, nil).header.Get("Etag")
	again := s.at("localhost:3000", script, map[string]string{"Origin": "null", "If-None-Match": etag})
	assert.Equal(t, 304, again.status)
	assert.Equal(t, "null", again.header.Get("Access-Control-Allow-Origin"))
	assert.Empty(t, s.at("localhost:3000", "/runner/healthz", map[string]string{"Origin": "null"}).header.Get("Access-Control-Allow-Origin"))
}

// subdomains is a site that has the app's names and the extensions'.
const subdomains = `@own host *.localhost
route {
	handle @own {
		runner_origin
	}
	runner {
		isolation subdomain
	}
	respond "the app" 200
}`

func TestIsolation_subdomain_gives_each_extension_an_origin_of_its_own(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, map[string]string{"ui/a.js": "1"}), subdomains)
	const own = "acme-hello.localhost:3000"
	ui := s.uiOf("127.0.0.1:3000")
	path, at := strings.CutPrefix(ui, "http://"+own)
	require.True(t, at, ui)
	assert.Contains(t, path, "parentOrigin=http%3A%2F%2F127.0.0.1%3A3000")

	page := s.at(own, path, nil)
	assert.Equal(t, 200, page.status)
	assert.Contains(t, page.header.Values("Content-Security-Policy"), "frame-ancestors 'self' http://localhost:3000 http://127.0.0.1:3000")
	assert.Empty(t, page.header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, 200, s.at("ACME-hello.localhost:3000", strings.Replace(path, "index.html", "a.js", 1), nil).status)

	// whoever builds addresses by themselves is sent there, scripts included:
	// nothing of an extension runs on the app's origin
	onApp, _, _ := strings.Cut(path, "?")
	moved := s.at("localhost:3000", onApp+"?path=%2F", nil)
	assert.Equal(t, 307, moved.status)
	assert.Equal(t, "http://"+own+onApp+"?parentOrigin=http%3A%2F%2Flocalhost%3A3000&path=%2F", moved.header.Get("Location"))
	assert.Equal(t, "no-store", moved.header.Get("Cache-Control"))
	assert.Equal(t, "the app", s.at("localhost:3000", "/", nil).body)

	start := s.at(own, "/", nil)
	assert.Equal(t, 307, start.status)
	assert.Contains(t, start.header.Get("Location"), "/runner/ext-ui/acme.hello/")
}

func TestIsolation_an_extension_s_origin_has_nothing_else(t *testing.T) {
	s := serve(t, "extension "+extensionFolder(t, nil), subdomains)
	path := strings.TrimPrefix(s.uiOf("localhost:3000"), "http://acme-hello.localhost:3000")
	for _, c := range [][2]string{
		{"acme-hello.localhost:3000", "/app.js"},
		{"acme-hello.localhost:3000", "/api/ext/acme.hello/items/1"},
		{"acme-hello.localhost:3000", "/__runner/extensions"},
		{"acme-hello.localhost:3000", "/health"},
		{"acme-hello.localhost:3000", "/runner/healthz"},
		{"acme-hello.localhost:3000", "/runner/ext-ui/acme.other/x/index.html"},
		{"acme-other.localhost:3000", path},
		{"app.localhost:3000", path},
		{"acme-other.localhost:3000", "/"},
	} {
		a := s.at(c[0], c[1], nil)
		assert.Equal(t, 421, a.status, c)
		assert.Equal(t, "wrong_origin", a.code(t), c)
	}
	// a name that leads here by DNS rebinding is not an extension's
	assert.NotEqual(t, 200, s.at("acme-hello.localhost.evil.example", path, nil).status)
}

func TestIsolation_subdomain_says_when_an_id_fits_no_host_name(t *testing.T) {
	s := serve(t, "", subdomains)
	a := s.at("localhost:3000", "/runner/ext-ui/"+strings.Repeat("A", 40)+".hello/x/index.html", nil)
	assert.Equal(t, 404, a.status)
	assert.Equal(t, "no_own_origin", a.code(t))
}

func TestIsolation_finds_the_extension_however_its_path_is_written(t *testing.T) {
	for path, want := range map[string]string{
		"/ext-ui/acme.hello/sha256%3Aab/index.html": "acme.hello", "/%65xt-ui/acme%2Ehello/x/": "acme.hello",
		"//ext-ui//acme.hello/x": "acme.hello", "/ext-ui%2Facme.hello%2Fx": "acme.hello",
		"/healthz": "", "/ext-ui/": "", "/v1/ext-ui/acme.hello/": "",
	} {
		id, isUI := extensionIn(path)
		assert.Equal(t, want, id, path)
		assert.Equal(t, want != "", isUI, path)
	}
}

func TestIsolation_options_are_checked(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\trunner\n}\n:80 {\n\trunner {\n\t\tisolation sandbx\n\t}\n}":                     `isolation is none or sandbox or subdomain, not "sandbx"; did you mean "sandbox"?`,
		"{\n\trunner\n}\n:80 {\n\trunner_origin {\n\t\thosts localhost:3000\n\t}\n}":          `"localhost:3000" is no origin; write one such as http://localhost:3000`,
		"{\n\trunner\n}\n:80 {\n\trunner_origin {\n\t\thosts \"http://a;script-src\"\n\t}\n}": `is no origin`,
		":80 {\n\trunner_origin\n}":                             `there is no runner yet`,
		"{\n\trunner\n}\n:80 {\n\trunner_origin x\n}":           `at Caddyfile:5`,
		"{\n\ton_demand_tls {\n\t\tpermission runner x\n\t}\n}": `at Caddyfile:3`,
	} {
		_, err := adaptText(text)
		assert.ErrorContains(t, err, want, "%s", text)
	}
	assert.ErrorContains(t, (&Handler{Isolation: "x"}).Validate(), "isolation")
	assert.ErrorContains(t, (&Origin{Hosts: []string{"x"}}).Validate(), "no origin")
}

func TestCertificates_are_for_local_names_of_what_is_loaded(t *testing.T) {
	serve(t, "extension "+extensionFolder(t, nil), "runner")
	for name, allowed := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "acme-hello.localhost": true,
		"acme-other.localhost": false, "app.localhost": false, "example.com": false, "192.0.2.1": false, "": false,
	} {
		err := Certificates{}.CertificateAllowed(t.Context(), name)
		assert.Equal(t, allowed, err == nil, "%s: %v", name, err)
	}
}

func TestWebApp_no_HSTS_gets_out(t *testing.T) {
	app := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	})
	a := serve(t, "", "runner_app "+app.URL).get("/")
	assert.Equal(t, 200, a.status)
	assert.Empty(t, a.header.Get("Strict-Transport-Security"))
}

// With allow-same-origin on the app's own origin, by whatever name, an extension
// can do all that the app can.
func TestIsolation_a_preview_lets_an_extension_keep_an_origin_of_its_own_only(t *testing.T) {
	const elsewhere = "public_base http://localhost:3000/runner"
	long := strings.Repeat("l", 60)
	for name, c := range map[string]struct {
		global, site, id, ui string
		own                  bool
	}{
		"none":                        {"", "runner", "acme.hello", "/runner/", false},
		"sandbox":                     {"", "runner {\nisolation sandbox\n}", "acme.hello", "/runner/", false},
		"none, a public base":         {elsewhere, "runner", "acme.hello", "http://localhost:3000/runner/", false},
		"none, one of that name":      {"public_base http://acme-hello.localhost:3000/runner", "runner", "acme.hello", "http://acme-hello.localhost:3000/runner/", false},
		"sandbox, a public base":      {elsewhere, "runner {\nisolation sandbox\n}", "acme.hello", "http://localhost:3000/runner/", false},
		"subdomain":                   {"", subdomains, "acme.hello", "http://acme-hello.localhost:3000/runner/", true},
		"subdomain, a public base":    {elsewhere, subdomains, "acme.hello", "http://acme-hello.localhost:3000/runner/", true},
		"subdomain, a base, too long": {elsewhere, subdomains, "acme." + long, "http://localhost:3000/runner/", false},
		"subdomain, a path, too long": {"", subdomains, "acme." + long, "/runner/", false},
	} {
		t.Run(name, func(t *testing.T) {
			publisher, own, _ := strings.Cut(c.id, ".")
			manifest := strings.Replace(strings.Replace(helloManifest, `"acme"`, `"`+publisher+`"`, 1), `"hello"`, `"`+own+`"`, 1)
			s := serve(t, lines("extension "+extensionFolder(t, map[string]string{"manifest.json": manifest}), c.global), c.site)
			page := s.at("127.0.0.1:3000", "/__runner/dashboard/preview?extension="+c.id, nil)
			require.Equal(t, 200, page.status, page.body)
			assert.Contains(t, page.body, `data-ui="`+c.ui+`ext-ui/`+c.id)
			assert.Equal(t, c.own, strings.Contains(page.body, " data-own"), page.body)
		})
	}
}
