package host

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// A handler that may reach one host tries to reach this machine by it.
func TestAbuse_no_spelling_leads_past_the_allowlist(t *testing.T) {
	var reached atomic.Int32
	target := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	port := target[strings.LastIndex(target, ":")+1:]
	b := newBench(t, Options{EgressAllowlist: []string{"api.example.com", "bücher.example", "10.1.2.3"}})
	spellings := []string{
		"http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://LOCALHOST.:PORT/", "http://[::1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/",
		"http://[::ffff:7f00:1]:PORT/", "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/",
		"http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://0177.0.0.1:PORT/", "http://017700000001:PORT/", "http://127.1:PORT/", "http://0:PORT/",
		"http://127.0.1:PORT/", "http://0.0.0.0:PORT/", "http://[::]:PORT/", "http://127.0.0.1.:PORT/", "http://127。0。0。1:PORT/", "http://①②⑦.0.0.1:PORT/",
		"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://loc\u00adalhost:PORT/", "http://api.example.com@127.0.0.1:PORT/", "http://api.example.com:80@127.0.0.1:PORT/",
		"http://127.0.0.1:PORT@api.example.com/", "http://127.0.0.1:PORT\\@api.example.com/", "http://api.example.com\\@127.0.0.1:PORT/",
		"http://127.0.0.1:PORT#@api.example.com/", "http://127.0.0.1:PORT?@api.example.com/",
		"http://127.0.0.1:PORT/@api.example.com/", "http://api.example.com%2f@127.0.0.1:PORT/", "http://api.example.com%00.127.0.0.1:PORT/",
		"http://127.0.0.1%23.api.example.com:PORT/", "http://api.example.com.127.0.0.1:PORT/", "http://api.example.com.localhost:PORT/",
		"http:///127.0.0.1:PORT/", "http:/127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "//127.0.0.1:PORT/", "\\\\127.0.0.1:PORT\\", "HTTP://127.0.0.1:PORT/",
		"http://127.0.0.1:PORT/\r\nHost: api.example.com", "http://127.0.0.1:PORT/ HTTP/1.1\r\nX: ", "http://api.example.com\r\n@127.0.0.1:PORT/",
		"http://api.example.com\t.127.0.0.1:PORT/", "http://api.exam\u0000ple.com:PORT/", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/",
		"http://[fd00:ec2::254]/", "http://0xa9fea9fe/", "http://10.1.2.3.evil.example/", "http://x10.1.2.3/", "http://0.10.1.2.3/",
		"ftp://api.example.com/", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_x", "unix:///run/devproxy/admin.sock", "http+unix://%2Frun%2Fadmin.sock/", "http://unix:/run/admin.sock:/runner/use",
		"data:text/plain,x", "javascript:1", "about:blank", "jar:http://127.0.0.1!/", "ws://127.0.0.1:PORT/", "blob:http://127.0.0.1:PORT/x",
	}
	for _, spelling := range spellings {
		refusal := b.refusal("http", "fetch", get(strings.ReplaceAll(spelling, "PORT", port)))
		assert.Contains(t, []string{"invalid-url", "not-allowed"}, refusal, spelling)
	}
	assert.Zero(t, reached.Load())
	t.Logf("%d spellings", len(spellings))
}

// Even where every host is allowed, some addresses are nobody's business.
func TestAbuse_a_star_opens_neither_the_control_plane_nor_link_local_addresses(t *testing.T) {
	var reached atomic.Int32
	target := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	address := strings.TrimPrefix(target, "http://")
	_, port, _ := net.SplitHostPort(address)
	b := newBench(t, Options{EgressAllowlist: []string{"*"}, BlockedAddresses: []string{address}})
	spellings := []string{
		"http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://127.9.9.9:PORT/", "http://0.0.0.0:PORT/",
		"http://[::]:PORT/", "http://[::1]:PORT/", "http://2130706433:PORT/", "http://0x7f000001:PORT/", "http://127.1:PORT/", "http://0:PORT/", "http://127。0。0。1:PORT/",
		"http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/", "http://169.254.170.2/v2/credentials", "http://[fe80::1]/", "http://169。254。169。254/",
	}
	for _, spelling := range spellings {
		assert.Contains(t, []string{"transport", "invalid-url", "not-allowed"}, b.refusal("http", "fetch", get(strings.ReplaceAll(spelling, "PORT", port))), spelling)
	}
	assert.Zero(t, reached.Load())
	assert.Contains(t, b.logs.String(), "link-local", "and the log says why")
	t.Logf("%d spellings", len(spellings))

	blocked, err := parseBlocked(nil)
	require.NoError(t, err)
	for _, address := range []string{"169.254.169.254:80", "[fe80::1%eth0]:80", "[::ffff:169.254.169.254]:443"} {
		assert.ErrorContains(t, blocked.control("tcp", address, nil), "link-local", address)
	}
}

// Redirects are answers, so that the next target passes the allowlist again.
func TestAbuse_redirects_lead_nowhere_by_themselves(t *testing.T) {
	var reached atomic.Int32
	inner := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	socket := filepath.Join(t.TempDir(), "admin.sock")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	admin := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	require.NoError(t, admin.Listener.Close())
	admin.Listener = listener
	admin.Start()
	defer admin.Close()
	tried := 0
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		for _, to := range []string{inner, "http://169.254.169.254/", "unix://" + socket, "http://unix:" + socket, "file:///etc/passwd", "//" + strings.TrimPrefix(inner, "http://"), strings.Replace(inner, "127.0.0.1", "localhost", 1)} {
			tried++
			outer := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Location"] = []string{to}
				w.Header()["Refresh"] = []string{"0; url=" + to}
				w.WriteHeader(status)
			})
			b := newBench(t, Options{EgressAllowlist: []string{"*"}})
			answer := b.ok("http", "fetch", get(outer))
			assert.Contains(t, fmt.Sprint(answer), fmt.Sprint(status))
		}
	}
	assert.Zero(t, reached.Load())
	t.Logf("%d redirects", tried)
}

func TestAbuse_what_a_handler_sends_is_one_request(t *testing.T) {
	var lines []string
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		lines = append(lines, r.Method+" "+r.RequestURI+" "+r.Host)
		assert.NotContains(t, r.Header, "X-Injected")
		assert.Empty(t, r.TransferEncoding)
	})
	b := newBench(t, Options{EgressAllowlist: []string{"127.0.0.1"}})
	tried := 0
	for _, header := range [][2]string{
		{"X-A", "b\r\nX-Injected: 1"}, {"X-A", "b\nX-Injected: 1"}, {"X-A", "b\rX-Injected: 1"}, {"X-A", "b\x00"}, {"X-A\r\nX-Injected", "1"}, {"X-A: b\r\nX-Injected", "1"},
		{"X A", "1"}, {"", "1"}, {"X-Ä", "1"}, {"X-A", "b\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"}, {":authority", "evil"}, {"Transfer-Encoding", "chunked"},
		{"transfer-encoding", "identity"}, {"Content-Length", "0"}, {"content-length", "5\r\n\r\nGET /smuggled"}, {"Host", "evil.example"}, {"host", "evil.example"}, {"Connection", "Host"},
		{"Expect", "100-continue"}, {"Trailer", "X-Injected"}, {"TE", "trailers"}, {"Upgrade", "h2c"},
	} {
		tried++
		b.do("http", "fetch", get(target+"/only", header[0], header[1]))
	}
	for _, method := range []string{"GET /smuggled HTTP/1.1\r\nX: ", "GET\r\nX-Injected: 1", "G ET", "GET\x00", strings.Repeat("G", 1<<20)} {
		tried++
		input := get(target + "/only")
		input["method"] = method
		if len(method) < 1<<20 {
			assert.Equal(t, "invalid-url", b.refusal("http", "fetch", input))
		}
	}
	for _, line := range lines {
		assert.Equal(t, "GET /only "+strings.TrimPrefix(target, "http://"), line)
	}
	assert.NotEmpty(t, lines, "those whose header is only left out are sent")
	t.Logf("%d requests", tried)
}

func TestAbuse_storage_keys_and_namespaces_stay_below_the_state(t *testing.T) {
	state := t.TempDir()
	outside := filepath.Join(filepath.Dir(state), "outside")
	b := newBench(t, Options{StateDir: state})
	names := []string{
		"..", ".", "../../outside", "/etc/passwd", "a/../../b", `..\..\b`, "\x00", "a\x00b", "con", "aux.txt", "nul", "~", "~root", "$HOME", "${HOME}", "`id`", "$(id)",
		"-rf", "*", "?", "a\nb", "\uFFFD", "\uff41", "\u00e9", "e\u0301", "\u0130", "\u00df", "SS", "\u017f", "K", "k", "\u212a", ".writing-1", "x.json", ".lock", "%2e%2e", "%2e%2e%2f", " ", ". ", "a.", "a ", strings.Repeat("../", 40), strings.Repeat("é", 100),
	}
	kept := 0
	for i, name := range names {
		entry := item(name, fmt.Sprint(i), nil)
		entry["namespace"] = "n"
		b.ok("storage", "put", entry)
		kept++
		space := item("k", fmt.Sprint(i), nil)
		space["namespace"] = name
		if len(name) <= maxNamespaceBytes {
			b.ok("storage", "put", space)
			kept++
		}
	}
	for i, name := range names {
		got := b.ok("storage", "get", "n", name)
		assert.Equal(t, fmt.Sprint(i), string(fieldOf(got, "value").([]byte)), "%q has a value of its own", name)
		if len(name) <= maxNamespaceBytes {
			assert.Equal(t, fmt.Sprint(i), string(fieldOf(b.ok("storage", "get", name, "k"), "value").([]byte)), "%q", name)
		}
	}
	files := 0
	require.NoError(t, filepath.WalkDir(state, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files++
		}
		return err
	}))
	assert.GreaterOrEqual(t, files, kept)
	assert.NoFileExists(t, outside)
	assert.NoFileExists(t, outside+".json")
	t.Logf("%d keys and namespaces", kept)
}

func fieldOf(record any, name string) any { return record.(guest.Record)[name] }
