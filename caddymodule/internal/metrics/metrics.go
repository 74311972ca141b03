// Package metrics counts what happens, for Prometheus.
//
// The engine owns the one [Metrics] there is, so that counts go on when Caddy
// loads another config; each config's registry collects from it. The Caddy
// handlers and the engine count what no event tells; the rest comes from the
// event bus.
package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/same-origin/devproxy/caddymodule/internal/assetcache"
)

// Routes of the label `route`.
const (
	Proxy   = "proxy"   // the runner's own paths
	Gateway = "gateway" // calls of handlers
)

// Metrics is a collector; its names and labels are documented in
// docs/caddy.md. It is safe for concurrent use.
type Metrics struct {
	requests, swaps, held, guarded, probes   *prometheus.CounterVec
	builds, reloads, traps                   *prometheus.CounterVec
	holding                                  prometheus.Gauge
	generation                               *prometheus.GaugeVec
	missed                                   prometheus.Counter
	buildSeconds                             *prometheus.HistogramVec
	cacheRequests, cacheEvictions            *prometheus.Desc
	cacheBytes, cacheAssets, cacheLimitBytes *prometheus.Desc

	assets  *assetcache.Cache
	counted []prometheus.Collector
}

const namespace = "devproxy"

// New makes the metrics of an engine with that cache.
func New(assets *assetcache.Cache) *Metrics {
	m := &Metrics{assets: assets}
	m.requests = m.counter("requests_total", "Requests that were sent to a backend or refused for it, by status class.", "route", "backend", "status")
	m.swaps = m.counter("swaps_total", "Swaps of the selected backend or of its generation, by the new one.", "backend")
	m.held = m.counter("held_requests_total", "Requests that waited for a backend to get ready, by how that ended.", "outcome")
	m.guarded = m.counter("guard_hits_total", "Requests that were refused because the backend was not ready.", "backend")
	m.probes = m.counter("probes_total", "Probes of backends, by result.", "backend", "result")
	m.builds = m.counter("builds_total", "Builds of extensions, by result.", "extension", "result")
	m.reloads = m.counter("live_reloads_total", "Changes that open pages were told of, by how much of a page they change.", "extension", "scope")
	m.traps = m.counter("handler_traps_total", "Handlers that ended without an answer.", "extension")
	m.holding = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "held_requests", Help: "Requests that wait for a backend to get ready now."})
	m.generation = prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "live_generation", Help: "The generation of a docker backend that has the traffic."}, []string{"backend"})
	m.missed = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "events_missed_total", Help: "Events that came too fast to be counted."})
	m.buildSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "change_seconds", Help: "From a saved change to the new build's answering.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"extension"})
	m.counted = append(m.counted, m.holding, m.generation, m.missed, m.buildSeconds)
	m.describeCache()
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.counted = append(m.counted, c)
	return c
}

// Request counts a request that a backend answered, or that was refused for
// it.
func (m *Metrics) Request(route, backend string, status int) {
	m.requests.WithLabelValues(route, backend, class(status)).Inc()
}

// Generation says which generation of a backend is live. It is a value and no
// label: each save may make another one.
func (m *Metrics) Generation(backend string, number int) {
	m.generation.WithLabelValues(backend).Set(float64(number))
}

// NoGeneration says that none is, of any backend.
func (m *Metrics) NoGeneration() { m.generation.Reset() }

// class is 2xx for 204.
func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return strconv.Itoa(status/100) + "xx"
}

// Hold counts a request that waits. Call the result once with the backend
// that it waited for: whether it is ready now, or its guard refused.
func (m *Metrics) Hold() (end func(backend string, ready bool)) {
	m.holding.Inc()
	return func(backend string, ready bool) {
		m.holding.Dec()
		outcome := "served"
		if !ready {
			outcome = "refused"
			m.guarded.WithLabelValues(backend).Inc()
		}
		m.held.WithLabelValues(outcome).Inc()
	}
}

// Probed counts a probe of a backend.
func (m *Metrics) Probed(backend string, ok bool) {
	result := "up"
	if !ok {
		result = "down"
	}
	m.probes.WithLabelValues(backend, result).Inc()
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.counted {
		c.Describe(to)
	}
	for _, d := range []*prometheus.Desc{m.cacheRequests, m.cacheEvictions, m.cacheBytes, m.cacheLimitBytes, m.cacheAssets} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.counted {
		c.Collect(to)
	}
	m.collectCache(to)
}

var _ prometheus.Collector = (*Metrics)(nil)
