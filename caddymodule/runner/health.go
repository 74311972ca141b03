package runner

import (
	"context"
	"net/http"
	"os"
	"time"
)

const storeProbeTimeout = time.Second

// Prober is a [Source] that depends on another service.
type Prober interface {
	// Probe asks the service once. Any answer but a server error is nil.
	Probe(ctx context.Context) error
}

type healthBody struct {
	CacheWritable bool    `json:"cache_writable"`
	BundleStore   string  `json:"bundle_store"`
	CacheMaxBytes *string `json:"ext_cache_max_bytes"`
}

// serveHealth answers `/healthz`. A token is not required, as orchestrators
// probe without one, but a wrong one is told: whoever sends it would
// otherwise take the runner for usable.
func (r *Runner) serveHealth(w *answer, req *http.Request) {
	if req.Header.Get(tokenHeader) != "" && !r.verify(req) {
		refuseToken(w)
		return
	}
	body := healthBody{CacheWritable: true, BundleStore: "ok"}
	status := http.StatusOK
	if err := probeCache(r.cfg.CacheDir); err != nil {
		r.cfg.Logger.ErrorContext(req.Context(), "probing the cache folder", "dir", r.cfg.CacheDir, "error", err)
		body.CacheWritable, status = false, http.StatusServiceUnavailable
	}
	if err := r.probeSources(req.Context()); err != nil {
		r.cfg.Logger.WarnContext(req.Context(), "probing the bundle store", "error", err)
		body.BundleStore = "bundle_store_unreachable"
	}
	writeJSON(w, status, body)
}

func (r *Runner) probeSources(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeProbeTimeout)
	defer cancel()
	for _, source := range r.cfg.Sources {
		if prober, ok := source.(Prober); ok {
			if err := prober.Probe(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// probeCache writes to dir as an extraction would.
func probeCache(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".health-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString("ok"); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
