package caddymodule

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkProxy compares our handler with Caddy's reverse_proxy, in one
// process and against the same upstream: run both and look at the ratio.
//
//	go test -run '^$' -bench Proxy -count 6 -tags nobadger,nomysql,nopgx ./caddymodule
func BenchmarkProxy(b *testing.B) {
	body := make([]byte, 14<<10)
	runner := upstream(b, func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	s := serve(b, lines("backend other "+runner.URL, "default other"), "runner\nhandle_path /plain/* {\nreverse_proxy "+runner.URL+"\n}")
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	for _, c := range []struct{ name, path string }{
		{"handler=runner", "/runner/ext-ui/a/sha256:ab/x.js"},
		{"handler=reverse_proxy", "/plain/ext-ui/a/sha256:ab/x.js"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					res, err := transport.RoundTrip(s.request("GET", c.path, nil))
					if err != nil || res.StatusCode != 200 {
						b.Fatal(err, res)
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
		})
	}
	require.False(b, b.Failed())
}
