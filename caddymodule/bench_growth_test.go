// bench_growth_test.go contains the benchmarks of growth: what one save costs
// must not grow with the extensions, the open pages or the files around it.

package caddymodule

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkGrowth_of_extensions saves a stylesheet of one among many.
func BenchmarkGrowth_of_extensions(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint("extensions=", n), func(b *testing.B) {
			dir := staticFolder(b)
			config := "extension " + dir
			for i := 1; i < n; i++ {
				config += "\nextension " + folderOf(b, map[string]string{
					"manifest.json": strings.Replace(uiManifest, `"hello"`, fmt.Sprintf(`"other%d"`, i), 1),
					"ui/index.html": "<p>other",
				})
			}
			saveAlone(b, openPage(b, serve(b, config, "runner")), dir)
		})
	}
}

// BenchmarkGrowth_of_files saves one among many.
func BenchmarkGrowth_of_files(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint("files=", n), func(b *testing.B) {
			dir := manyFiles(b, n)
			saveAlone(b, openPage(b, serve(b, "extension "+dir, "runner")), dir)
		})
	}
}

// manyFiles is a working tree of n files, of which the UI are a hundred: the
// others are sources, data and tests as a repository has them.
func manyFiles(b *testing.B, n int) string {
	b.Helper()
	dir := staticFolder(b)
	for i := range n {
		folder := "data"
		if i < 100 {
			folder = "ui"
		}
		name := filepath.Join(dir, folder, fmt.Sprint(i%100), fmt.Sprint(i, ".txt"))
		require.NoError(b, os.MkdirAll(filepath.Dir(name), 0o755))
		overwrite(b, name, fmt.Appendf(nil, "file %d", i))
	}
	return dir
}

func saveAlone(b *testing.B, p *page, dir string) {
	race(b, []*contestant{{name: "devproxy", save: p.saver(filepath.Join(dir, "ui", "style.css"), "/style.css")}})
	p.report(b)
}

// BenchmarkGrowth_of_streams saves a stylesheet that many pages show, and waits
// until the last of them has the news.
func BenchmarkGrowth_of_streams(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("streams=", n), func(b *testing.B) {
			dir := staticFolder(b)
			p := openPage(b, serve(b, "extension "+dir, "runner"))
			told := listenOn(b, p, n)
			save := p.saver(filepath.Join(dir, "ui", "style.css"), "/style.css")
			all := &contestant{name: "devproxy", save: func(mark string) time.Duration {
				began := time.Now()
				save(mark)
				for range n {
					told.await(p.shown)
				}
				return time.Since(began)
			}}
			race(b, []*contestant{all})
			b.ReportMetric(float64(all.at(50).Microseconds())/float64(n), "µs/stream")
			p.report(b)
		})
	}
}

// audience hears of builds, once for each stream.
type audience struct {
	b     *testing.B
	heard chan string
}

func (a *audience) await(build string) {
	limit := time.After(waitLong)
	for {
		select {
		case text := <-a.heard:
			if text == build {
				return
			}
		case <-limit:
			require.Fail(a.b, "a stream was not told of a build")
		}
	}
}

func listenOn(b *testing.B, p *page, n int) *audience {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	a := &audience{b, make(chan string, 16*n)}
	var running sync.WaitGroup
	b.Cleanup(func() { cancel(); running.Wait() })
	for range n {
		response, err := noRedirects.Do(p.server.request(http.MethodGet, p.stream, nil).WithContext(ctx))
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, response.StatusCode)
		running.Go(func() {
			defer response.Body.Close()
			lines := bufio.NewScanner(response.Body)
			lines.Buffer(nil, 1<<20)
			last := ""
			for lines.Scan() {
				var state liveState
				data, is := strings.CutPrefix(lines.Text(), "data: ")
				if is && json.Unmarshal([]byte(data), &state) == nil && state.Build != last {
					last = state.Build
					a.heard <- last
				}
			}
		})
	}
	return a
}
