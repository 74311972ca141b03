// bench_peers_test.go contains what the change loop is compared with: the
// least that any such loop must do, and Vite.

package caddymodule

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// floor is a watcher and a file server, and nothing between them.
type floor struct {
	b       *testing.B
	dir     string
	url     string
	watcher *fsnotify.Watcher
}

func newFloor(b *testing.B, dir string) *floor {
	b.Helper()
	watcher, err := fsnotify.NewWatcher()
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, watcher.Close()) })
	require.NoError(b, watcher.Add(dir))
	files := http.FileServer(http.Dir(dir))
	return &floor{b: b, dir: dir, watcher: watcher, url: upstream(b, files.ServeHTTP).URL}
}

func (f *floor) saver(name string) func(string) time.Duration {
	file := filepath.Join(f.dir, name)
	text := contentOf(f.b, file)
	address := f.url + "/" + strings.TrimSuffix(name, "index.html") // the file server redirects that name
	return func(mark string) time.Duration {
		began := time.Now()
		overwrite(f.b, file, marked(file, text, mark))
		for !strings.Contains(download(f.b, address), mark) {
			<-f.watcher.Events
		}
		took := time.Since(began)
		f.drain()
		return took
	}
}

// drain drops the events that the save has left.
func (f *floor) drain() {
	for calm := time.After(5 * time.Millisecond); ; {
		select {
		case <-f.watcher.Events:
		case <-calm:
			return
		}
	}
}

func download(b *testing.B, address string) string {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	require.NoError(b, err)
	request.Header.Set("Accept", "text/css,text/html,*/*;q=0.1")
	response, err := noRedirects.Do(request)
	require.NoError(b, err)
	defer response.Body.Close()
	require.Equal(b, http.StatusOK, response.StatusCode, address)
	body, err := io.ReadAll(response.Body)
	require.NoError(b, err)
	return string(body)
}

// viteVersion is the one that is compared with.
const viteVersion = "8.3.8"

//go:embed testdata/vite.mjs
var viteServer string

// vite is a development server of Vite with the tab of a browser.
type vite struct {
	b    *testing.B
	dir  string
	url  string
	news *websocket.Conn
}

// startVite gives nil, and says so, where Vite cannot be had.
func startVite(b *testing.B, root string) *vite {
	b.Helper()
	packages, err := installVite(b)
	if err != nil {
		b.Logf("not compared with Vite: %v", err)
		return nil
	}
	ctx, cancel := context.WithCancel(b.Context())
	server := exec.CommandContext(ctx, "node", "--input-type=module", "-e", viteServer, root)
	server.Dir, server.Stderr = packages, os.Stderr
	stdout, err := server.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, server.Start())
	b.Cleanup(func() { cancel(); _ = server.Wait() }) // killed
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err)
	v := &vite{b: b, dir: root, url: strings.TrimSpace(address)}
	v.open()
	return v
}

// installVite has npm install Vite once, outside of any project.
func installVite(b *testing.B) (dir string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(cache, "devproxy", "test", "vite-"+viteVersion)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "vite", "package.json")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, exec.CommandContext(b.Context(), "npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "vite@"+viteVersion).Run()
}

// open loads the page and what it names, and joins the news, as a tab does.
func (v *vite) open() {
	for _, path := range []string{"/", "/style.css"} {
		download(v.b, v.url+path)
	}
	client := download(v.b, v.url+"/@vite/client")
	_, rest, found := strings.Cut(client, `wsToken = "`)
	require.True(v.b, found, "Vite's client names no token")
	token, _, _ := strings.Cut(rest, `"`)
	var err error
	v.news, _, err = websocket.Dial(v.b.Context(), strings.Replace(v.url, "http", "ws", 1)+"/?token="+token, &websocket.DialOptions{Subprotocols: []string{"vite-hmr"}})
	require.NoError(v.b, err)
	v.b.Cleanup(func() { _ = v.news.CloseNow() })
	require.Equal(v.b, "connected", v.next().Type)
}

// message is what Vite tells a page.
type message struct {
	Type    string
	Updates []struct {
		Path      string
		Timestamp int64
	}
}

func (v *vite) next() (m message) {
	ctx, cancel := context.WithTimeout(v.b.Context(), waitLong)
	defer cancel()
	_, text, err := v.news.Read(ctx)
	require.NoError(v.b, err)
	require.NoError(v.b, json.Unmarshal(text, &m))
	return m
}

func (v *vite) saver(name string) func(string) time.Duration {
	file := filepath.Join(v.dir, name)
	text := contentOf(v.b, file)
	return func(mark string) time.Duration {
		began := time.Now()
		overwrite(v.b, file, marked(file, text, mark))
		for !strings.Contains(v.fetch(v.next()), mark) {
			continue // it was told of the file while that was empty
		}
		return time.Since(began)
	}
}

// fetch gets what a message calls for.
func (v *vite) fetch(m message) string {
	switch m.Type {
	case "update":
		return download(v.b, fmt.Sprintf("%s%s?t=%d", v.url, m.Updates[0].Path, m.Updates[0].Timestamp))
	case "full-reload":
		return download(v.b, v.url+"/")
	default:
		return ""
	}
}
