package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

func TestMetrics_count_what_the_bus_tells(t *testing.T) {
	m := New(assetcache.New(1 << 20))
	var bus event.Bus
	news := bus.Subscribe(Room)
	saved := time.Now()
	for _, one := range []event.Event{
		event.BuildStarted{Extension: "a.b"},
		event.Published{Extension: "a.b", Scope: event.Page}, // the first of all
		event.Published{Extension: "a.b", Scope: event.Page, SavedAt: saved, At: saved.Add(30 * time.Millisecond)},
		event.Published{Extension: "a.b", Scope: event.None, SavedAt: saved, At: saved.Add(2 * time.Second)},
		event.BuildFailed{Extension: "a.b"},
		event.Trapped{Extension: "a.b"},
		event.RunnerChanged{Backend: "docker", Generation: 2},
	} {
		bus.Publish(one)
	}
	bus.Close()
	m.Follow(t.Context(), news)
	assert.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(`
# HELP devproxy_builds_total Builds of extensions, by result.
# TYPE devproxy_builds_total counter
devproxy_builds_total{extension="a.b",result="failed"} 1
devproxy_builds_total{extension="a.b",result="published"} 3
# HELP devproxy_handler_traps_total Handlers that ended without an answer.
# TYPE devproxy_handler_traps_total counter
devproxy_handler_traps_total{extension="a.b"} 1
# HELP devproxy_live_reloads_total Changes that open pages were told of, by how much of a page they change.
# TYPE devproxy_live_reloads_total counter
devproxy_live_reloads_total{extension="a.b",scope="page"} 1
# HELP devproxy_swaps_total Swaps of the selected backend or of its generation, by the new one.
# TYPE devproxy_swaps_total counter
devproxy_swaps_total{backend="docker"} 1
`), "devproxy_builds_total", "devproxy_handler_traps_total", "devproxy_live_reloads_total", "devproxy_swaps_total"))
	assert.Equal(t, 1, testutil.CollectAndCount(m, "devproxy_change_seconds"))
}

func TestMetrics_say_how_many_events_came_too_fast(t *testing.T) {
	m := New(assetcache.New(0))
	var bus event.Bus
	news := bus.Subscribe(1)
	for range 5 {
		bus.Publish(event.Trapped{})
	}
	bus.Close()
	m.Follow(t.Context(), news)
	assert.Equal(t, 4.0, testutil.ToFloat64(m.missed))
}

func TestMetrics_follow_the_rules_of_Prometheus(t *testing.T) {
	m := New(assetcache.New(1 << 20))
	m.Request(Proxy, "a", 204)
	m.Request(Gateway, "a", 0)
	m.Generation("a", 1)
	m.Probed("a", false)
	m.Hold()("a", false)
	m.Hold()("a", true)
	m.count(event.Trapped{Extension: "a.b"})
	for range 2 { // as Caddy has one registry for each config
		registry := prometheus.NewPedanticRegistry()
		require.NoError(t, registry.Register(m))
		problems, err := testutil.GatherAndLint(registry)
		require.NoError(t, err)
		assert.Empty(t, problems)
	}
	for value, c := range map[float64][]prometheus.Collector{
		0: {m.holding},
		1: {
			m.requests.WithLabelValues(Proxy, "a", "2xx"), m.requests.WithLabelValues(Gateway, "a", "other"),
			m.guarded.WithLabelValues("a"), m.held.WithLabelValues("served"), m.held.WithLabelValues("refused"), m.probes.WithLabelValues("a", "down"),
		},
	} {
		for i := range c {
			assert.Equal(t, value, testutil.ToFloat64(c[i]))
		}
	}
}

func TestMetrics_of_many_generations_are_no_more_than_of_one(t *testing.T) {
	m := New(assetcache.New(0))
	for number := range 50 {
		m.Generation("docker", number+1)
		m.Request(Proxy, "docker", 200)
	}
	assert.Equal(t, 1, testutil.CollectAndCount(m, "devproxy_requests_total"))
	assert.Equal(t, 1, testutil.CollectAndCount(m, "devproxy_live_generation"))
	assert.Equal(t, 50.0, testutil.ToFloat64(m.generation))
	m.NoGeneration()
	assert.Zero(t, testutil.CollectAndCount(m, "devproxy_live_generation"), "nothing is live")
}
