package caddymodule

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkAssets compares assets from memory with a bare Go server that has
// them in memory too, with the same path without the cache, and with nginx in
// front of the runner where nginx is installed. The servers take turns in one
// process (nginx in its own), so look at the ratios:
//
//	go test -run '^$' -bench Assets -count 6 -tags nobadger,nomysql,nopgx ./caddymodule
func BenchmarkAssets(b *testing.B) {
	for _, size := range []int{14 << 10, 300 << 10} {
		body := bytes.Repeat([]byte("x"), size)
		runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeAsset(w, body) }))
		b.Cleanup(runner.Close)
		path := "/runner/ext-ui/acme.x/" + assetHash + "/app.js"
		b.Run(fmt.Sprintf("size=%dK/server=cache", size>>10), func(b *testing.B) {
			s := serve(b, lines("backend a "+runner.URL, "default a"), "runner")
			getAll(b, s.url+path, size)
		})
		b.Run(fmt.Sprintf("size=%dK/server=uncached", size>>10), func(b *testing.B) {
			s := serve(b, lines("backend a "+runner.URL, "default a", "asset_cache off"), "runner")
			getAll(b, s.url+path, size)
		})
		b.Run(fmt.Sprintf("size=%dK/server=bare", size>>10), func(b *testing.B) { getAll(b, runner.URL+path, size) })
		b.Run(fmt.Sprintf("size=%dK/server=nginx", size>>10), func(b *testing.B) { getAll(b, nginxTo(b, runner.URL)+path, size) })
	}
}

func writeAsset(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "text/javascript")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write(body)
}

// getAll asks over connections that stay, 16 at a time. Its client does next
// to nothing, so that what is measured is the server: every answer is as long
// as the first.
func getAll(b *testing.B, url string, size int) {
	b.Helper()
	host, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	request := fmt.Appendf(nil, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
	warm, err := http.Get(url)
	require.NoError(b, err)
	require.NoError(b, warm.Body.Close())
	b.SetBytes(int64(size))
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			b.Error(err)
		}
		buffer := make([]byte, firstLength(b, conn, request, size))
		for pb.Next() {
			if _, err = conn.Write(request); err == nil {
				_, err = io.ReadFull(conn, buffer)
			}
			if err != nil || !bytes.HasPrefix(buffer, []byte("HTTP/1.1 200")) {
				b.Error("the answers are not alike", err)
				return
			}
		}
	})
	b.StopTimer()
}

// firstLength is how long an answer is, header included.
func firstLength(b *testing.B, conn net.Conn, request []byte, size int) (length int) {
	if _, err := conn.Write(request); err != nil {
		b.Error(err)
		return 0
	}
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		length += len(line)
		if err != nil || line == "\r\n" {
			_, err = io.CopyN(io.Discard, reader, int64(size))
			if err != nil || reader.Buffered() > 0 {
				b.Error("an answer of another length", err)
			}
			return length + size
		}
	}
}

// nginxTo runs nginx as a reverse proxy with connections that stay, as the
// documentation of proxy_pass has it.
func nginxTo(b *testing.B, runner string) string {
	b.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		lacking(b, "nginx is not installed")
	}
	dir := b.TempDir()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	address := ln.Addr().String()
	require.NoError(b, ln.Close())
	config := filepath.Join(dir, "nginx.conf")
	require.NoError(b, os.WriteFile(config, fmt.Appendf(nil, `daemon off; worker_processes auto; pid %[1]s/pid; error_log %[1]s/error;
events {}
http {
	access_log off; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
	keepalive_requests 1000000000;
	upstream runner { server %[3]s; keepalive 64; }
	server { listen %[2]s; location / { proxy_pass http://runner; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
`, dir, address, runner[len("http://"):]), 0o600))
	nginx := exec.Command(binary, "-p", dir, "-c", config)
	require.NoError(b, nginx.Start())
	b.Cleanup(func() {
		require.NoError(b, nginx.Process.Signal(os.Interrupt))
		_ = nginx.Wait() // interrupted is how it ends
	})
	require.Eventually(b, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, waitLong, 10*waitStep)
	return "http://" + address
}
