package guest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

// BenchmarkSourceAndComponent runs the same handler both ways.
func BenchmarkSourceAndComponent(b *testing.B) {
	engine := newEngine(b)
	component, err := engine.Load(b.Context(), guesttest.Component(b, "limits"))
	require.NoError(b, err)
	programs := map[string]guest.Program{
		"component": component,
		"source":    loadSource(b, engine, sourceOf(b, pinned, string(guesttest.Handler(b, "limits")))),
	}
	for name, program := range programs {
		for _, route := range []string{"/nothing", "/json", "/cpu"} {
			b.Run(name+route, func(b *testing.B) {
				for b.Loop() {
					_, err := program.Run(b.Context(), get(route), silent, limits)
					require.NoError(b, err)
				}
			})
		}
	}
}

// BenchmarkEdit is what a developer waits for after a save: the first answer
// of an edited handler.
func BenchmarkEdit(b *testing.B) {
	engine := newEngine(b)
	s := sourceOf(b, pinned, string(guesttest.Handler(b, "limits")))
	loadSource(b, engine, s)
	var load, answer time.Duration
	edit := 0
	for b.Loop() {
		edit++
		edited := s
		edited.JS = fmt.Appendf(nil, "%s// edit %d\n", s.JS, edit)
		start := time.Now()
		program := loadSource(b, engine, edited)
		loaded := time.Now()
		_, err := program.Run(b.Context(), get("/nothing"), silent, limits)
		require.NoError(b, err)
		load += loaded.Sub(start)
		answer += time.Since(loaded)
	}
	b.ReportMetric(float64(load.Milliseconds())/float64(b.N), "load-ms/op")
	b.ReportMetric(float64(answer.Milliseconds())/float64(b.N), "answer-ms/op")
}

// BenchmarkStart loads a source in an engine that has just been made: with
// everything on disk, and with nothing.
func BenchmarkStart(b *testing.B) {
	s := sourceOf(b, pinned, string(guesttest.Handler(b, "limits")))
	start := func(b *testing.B, dir string) {
		engine, err := guest.NewWazero(b.Context(), guest.Options{CacheDir: dir})
		require.NoError(b, err)
		loadSource(b, engine, s)
		require.NoError(b, engine.Close(b.Context()))
	}
	b.Run("cached", func(b *testing.B) {
		for b.Loop() {
			start(b, guesttest.CacheDir(b))
		}
	})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			start(b, b.TempDir())
		}
	})
}
