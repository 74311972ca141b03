// cache.go contains the metrics of the asset cache, which counts by itself.

package metrics

import "github.com/prometheus/client_golang/prometheus"

func (m *Metrics) describeCache() {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "asset_cache", name), help, labels, nil)
	}
	m.cacheRequests = desc("requests_total", "Requests for content-addressed assets: from memory (hit), fetched to be kept (miss), or passed on (bypass).", "result")
	m.cacheEvictions = desc("evictions_total", "Assets that went for lack of room.")
	m.cacheBytes = desc("bytes", "Memory that kept assets take, their encodings included.")
	m.cacheLimitBytes = desc("limit_bytes", "Memory that assets may take.")
	m.cacheAssets = desc("assets", "Assets that are kept.")
}

func (m *Metrics) collectCache(to chan<- prometheus.Metric) {
	s := m.assets.Stats()
	for result, n := range map[string]int64{"hit": s.Hits, "miss": s.Misses, "bypass": s.Bypasses} {
		to <- prometheus.MustNewConstMetric(m.cacheRequests, prometheus.CounterValue, float64(n), result)
	}
	to <- prometheus.MustNewConstMetric(m.cacheEvictions, prometheus.CounterValue, float64(s.Evictions))
	to <- prometheus.MustNewConstMetric(m.cacheBytes, prometheus.GaugeValue, float64(s.Bytes))
	to <- prometheus.MustNewConstMetric(m.cacheLimitBytes, prometheus.GaugeValue, float64(s.Limit))
	to <- prometheus.MustNewConstMetric(m.cacheAssets, prometheus.GaugeValue, float64(s.Assets))
}
