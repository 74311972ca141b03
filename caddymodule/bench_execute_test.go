// bench_execute_test.go contains the benchmarks of what goes on between saves:
// a call of a handler, and a swap of the backend while requests run.

package caddymodule

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// executeGoal is for the median of a call, each of which has an instance of
// its own.
const executeGoal = 3 * time.Millisecond

// BenchmarkExecute_of_a_handler calls the example's, componentized as production
// has it, one call after the other through the gateway.
func BenchmarkExecute_of_a_handler(b *testing.B) {
	s := serve(b, "extension "+builtExample(b)+" {\nbuild off\n}", "runner")
	call := func() answer {
		request := s.request(http.MethodPost, "/api/ext/acme.hello/greet", strings.NewReader(`{"name":"you"}`))
		request.Header.Set("Content-Type", "application/json")
		return s.do(request)
	}
	require.Eventually(b, func() bool { return call().status == http.StatusOK }, waitLong, 100*time.Millisecond, "it is compiled first")
	devproxy := &contestant{name: "devproxy"}
	for b.Loop() {
		began := time.Now()
		said := call()
		devproxy.laps = append(devproxy.laps, time.Since(began))
		require.Equal(b, http.StatusOK, said.status, said.body)
	}
	devproxy.report(b)
	reach(b, devproxy, executeGoal)
}

// builtExample is a copy of the example with its artefact.
func builtExample(b *testing.B) string {
	b.Helper()
	example, dir := filepath.Join("..", "examples", "hello"), b.TempDir()
	if _, err := os.Stat(filepath.Join(example, "dist", "main.wasm")); err != nil {
		lacking(b, "the example is not built: run ./scripts/example")
	}
	for _, name := range []string{"ui", "dist"} {
		require.NoError(b, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(example, name))))
	}
	overwrite(b, filepath.Join(dir, "manifest.json"), contentOf(b, filepath.Join(example, "manifest.json")))
	return dir
}

// report tells the median and the 95th percentile of laps without pauses.
func (c *contestant) report(b *testing.B) {
	b.Helper()
	slices.Sort(c.laps)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(c.at(50)), "ms-p50/"+c.name)
	b.ReportMetric(milliseconds(c.at(95)), "ms-p95/"+c.name)
}

// swapLoad is how many connections ask while backends are swapped.
const swapLoad = 64

// BenchmarkSwap_under_load measures from the command until requests get the
// other backend, while all connections ask without a pause. No request may fail.
func BenchmarkSwap_under_load(b *testing.B) {
	config := make([]string, 0, 3)
	for _, name := range []string{"a", "b"} {
		config = append(config, "backend "+name+" "+upstream(b, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) }).URL)
	}
	s := serve(b, lines(append(config, "default a")...), "runner")
	v := &crowd{b: b, url: s.url + "/runner/ext-ui/acme.x/sha256:ab/x.js", client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * swapLoad}}}
	v.begin()
	devproxy := &contestant{name: "swap"}
	for turn := 0; b.Loop(); turn++ {
		next := []string{"b", "a"}[turn%2]
		began := time.Now()
		require.Equal(b, http.StatusOK, askAdmin(b, http.MethodPost, "/runner/use?backend="+next).Code)
		require.Eventually(b, func() bool { return v.ask() == next }, waitLong, time.Microsecond)
		devproxy.laps = append(devproxy.laps, time.Since(began))
	}
	devproxy.report(b)
	v.report()
}

// crowd asks over many connections without a pause.
type crowd struct {
	b             *testing.B
	url           string
	client        *http.Client
	asked, failed atomic.Int64
}

// begin asks until the benchmark ends.
func (c *crowd) begin() {
	stop := make(chan struct{})
	var running sync.WaitGroup
	c.b.Cleanup(func() { close(stop); running.Wait(); c.client.CloseIdleConnections() })
	for range swapLoad {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					c.ask()
				}
			}
		})
	}
}

func (c *crowd) ask() string {
	c.asked.Add(1)
	request, err := http.NewRequest(http.MethodGet, c.url, nil)
	require.NoError(c.b, err)
	body, ok := answered(c.client, request)
	if !ok {
		c.failed.Add(1)
	}
	return body
}

func (c *crowd) report() {
	c.b.ReportMetric(float64(c.asked.Load()), "requests")
	c.b.ReportMetric(float64(c.failed.Load()), "failed")
	if failed := c.failed.Load(); failed > 0 {
		c.b.Errorf("%d requests failed", failed)
	}
}
