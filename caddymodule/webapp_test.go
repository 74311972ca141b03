package caddymodule

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWebApp_is_the_example_host_by_default(t *testing.T) {
	s := serve(t, "", "runner\nrunner_app")
	a := s.get("/")
	assert.Equal(t, 200, a.status)
	assert.Contains(t, a.header.Get("Content-Type"), "text/html")
	assert.Contains(t, s.get("/host.css").header.Get("Content-Type"), "text/css")
	assert.Equal(t, 404, s.get("/embed.go").status)
}

func TestWebApp_serves_a_folder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/index.html", "my app")
	s := serve(t, "", "runner\nrunner_app "+dir)
	assert.Equal(t, "my app", s.get("/").body)
	assert.Equal(t, 200, s.get("/health").status, "the runner's routes come first")
}

func TestWebApp_proxies_to_a_URL_WebSockets_included(t *testing.T) {
	app := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hmr" {
			echo(w, r, "app")
			return
		}
		fmt.Fprint(w, r.Method, " ", r.Host, " ", r.Header.Get("X-Forwarded-Host"), " ", r.Header.Get("Cookie"))
	})
	s := serve(t, "", "runner\nrunner_app "+app.URL)
	req := s.request("POST", "/anything", nil)
	req.Host = "localhost:3000"
	req.Header.Set("Cookie", "session=1")
	assert.Equal(t, "POST localhost:3000 localhost:3000 session=1", s.do(req).body, "the app sees what the browser sent")

	conn, _, err := websocket.Dial(t.Context(), s.url+"/hmr", nil)
	require.NoError(t, err, "also as the very first request of a connection")
	defer conn.CloseNow()
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("hi")))
	_, data, err := conn.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "app hi", string(data))
}

func TestWebApp_holds_requests_until_the_app_accepts_connections(t *testing.T) {
	address := freePort(t)
	s := serve(t, "", "runner\nrunner_app http://"+address+" {\nhold 30s\n}")
	answers := make(chan answer, 2)
	for _, method := range []string{"GET", "POST"} {
		go func() { answers <- s.do(s.request(method, "/", nil)) }()
	}

	app := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "up") }))
	require.NoError(t, app.Listener.Close())
	var err error
	app.Listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	app.Start()
	defer app.Close()
	for range 2 {
		a := <-answers
		assert.Equal(t, 200, a.status)
		assert.Equal(t, "up", a.body)
	}
}

func TestWebApp_answers_a_page_that_reloads_itself_when_the_app_stays_down(t *testing.T) {
	s := serve(t, "", "runner\nrunner_app "+refusing(t)+" {\nhold 10ms\n}")
	page := s.request("GET", "/", nil)
	page.Header.Set("Sec-Fetch-Mode", "navigate")
	a := s.do(page)
	assert.Equal(t, 503, a.status)
	assert.Equal(t, "1", a.header.Get("Retry-After"))
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
	assert.Contains(t, a.body, `http-equiv="refresh"`)

	script := s.request("GET", "/app.js", nil)
	script.Header.Set("Sec-Fetch-Mode", "no-cors")
	a = s.do(script)
	assert.Equal(t, 503, a.status)
	assert.Equal(t, "app_not_ready", a.code(t))
}

func TestWebApp_says_that_the_app_broke_off(t *testing.T) {
	for name, last := range map[string]string{"without a word": "", "in a header": "HTTP/1.1 200 O", "in another language": "220 mail.example ESMTP\r\n"} {
		t.Run(name, func(t *testing.T) {
			app := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if assert.NoError(t, err) {
					_, _ = conn.Write([]byte(last))
					conn.Close()
				}
			})
			s := serve(t, "", "runner\nrunner_app "+app.URL)
			for _, method := range []string{"GET", "POST"} {
				a := s.do(s.request(method, "/send", strings.NewReader("body")))
				assert.Equal(t, 502, a.status)
				assert.Equal(t, "app_broke_off", a.code(t))
			}
		})
	}
}

func TestWebApp_says_what_an_app_may_be(t *testing.T) {
	s := serve(t, "", "runner")
	for app, want := range map[string]string{
		"/no/such/folder":         "neither a URL, such as http://localhost:5173, nor a folder",
		"ftp://localhost":         "is no URL",
		"http://localhost/sub":    "must not have a path",
		"http://localhost:1/?a=b": "must not have a path",
	} {
		assert.ErrorContains(t, s.tryLoad("", "runner\nrunner_app "+app), want)
	}
}
