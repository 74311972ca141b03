package caddymodule

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMetrics_go_on_through_swaps_and_reloads(t *testing.T) {
	a := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "missing") {
			w.WriteHeader(404)
		}
		io.WriteString(w, "a")
	})
	assets, _ := assetRunner(t)
	global := lines("backend a "+a.URL, "backend b "+assets, "backend unset", "default a", "hold 20ms", "extension "+extensionFolder(t, nil))
	site := "runner\nmetrics /metrics"
	s := serve(t, global, site)
	s.get("/runner/ext-ui/x/y/z.js")
	s.get("/runner/ext-ui/x/y/missing.js")
	s.load(global, site+"\nheader X-Comment changed")
	s.get("/runner/ext-ui/x/y/z.js")
	require.NoError(t, live.Load().Select("b"))
	for range 3 {
		s.get("/runner/ext-ui/acme.x/" + assetHash + "/app.js")
	}
	require.NoError(t, live.Load().Select("unset"))
	s.do(s.request("POST", "/api/ext/acme.hello/items", nil))
	selector := live.Load().Selector()
	selector.SetReady(selector.Current(), false)
	s.get("/runner/ext-ui/x/y/z.js")
	s.load(global, site)

	text, awaited := "", []string{
		`devproxy_swaps_total{backend="unset"} 1`,
		`devproxy_requests_total{backend="a",route="proxy",status="2xx"} 2`,
		`devproxy_requests_total{backend="a",route="proxy",status="4xx"} 1`,
		`devproxy_requests_total{backend="b",route="proxy",status="2xx"} 1`,
		`devproxy_requests_total{backend="unset",route="gateway",status="5xx"} 1`,
		`devproxy_requests_total{backend="unset",route="proxy",status="5xx"} 1`,
		`devproxy_guard_hits_total{backend="unset"} 1`,
		`devproxy_held_requests_total{outcome="refused"} 1`,
		`devproxy_held_requests 0`,
		`devproxy_asset_cache_requests_total{result="hit"} 2`,
		`devproxy_asset_cache_requests_total{result="miss"} 1`,
		`devproxy_asset_cache_assets 1`,
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		text = s.get("/metrics").body
		for _, line := range awaited {
			assert.Contains(c, text, line+"\n")
		}
	}, waitLong, waitStep, "swaps come by the bus, and a request is counted once its handler returns")
	documented(t, text)
}

// documented checks docs/caddy.md against what there is, both ways.
func documented(t *testing.T, text string) {
	t.Helper()
	docs, err := os.ReadFile("../docs/caddy.md")
	require.NoError(t, err)
	exposed := map[string]bool{}
	for _, name := range regexp.MustCompile(`(?m)^# TYPE (devproxy_\w+)`).FindAllStringSubmatch(text, -1) {
		exposed[name[1]] = true
		assert.Contains(t, string(docs), "`"+name[1]+"`", "docs/caddy.md")
	}
	assert.Greater(t, len(exposed), 8)
	source, err := os.ReadFile("internal/metrics/metrics.go")
	require.NoError(t, err)
	for _, name := range regexp.MustCompile("`(devproxy_\\w+)`").FindAllStringSubmatch(string(docs), -1) {
		short := strings.TrimPrefix(name[1], "devproxy_")
		assert.True(t, exposed[name[1]] || strings.Contains(string(source), `"`+short+`"`), "%s is documented and does not exist", name[1])
	}
}
