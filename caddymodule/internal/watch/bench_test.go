package watch

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// BenchmarkSave measures from before a save to when it is known of, next to
// fsnotify alone, which tells of the first event but not what it means. The
// columns p50 and p95 are the result: the time per operation has the pause
// between two saves in it.
func BenchmarkSave(b *testing.B) {
	for _, folders := range []int{1, 1000} {
		root := b.TempDir()
		for i := range folders {
			require.NoError(b, os.Mkdir(filepath.Join(root, fmt.Sprint(i)), 0o755))
		}
		file := filepath.Join(root, fmt.Sprint(folders-1), "main.go")
		require.NoError(b, os.WriteFile(file, nil, 0o644))
		b.Run(fmt.Sprintf("fsnotify/%d", folders), func(b *testing.B) {
			raw, err := fsnotify.NewWatcher()
			require.NoError(b, err)
			defer raw.Close()
			for i := range folders {
				require.NoError(b, raw.Add(filepath.Join(root, fmt.Sprint(i))))
			}
			measure(b, file, raw.Events)
		})
		b.Run(fmt.Sprintf("watch/%d", folders), func(b *testing.B) {
			w, err := New(b.Context(), Options{Root: root, Log: slog.New(slog.DiscardHandler)})
			require.NoError(b, err)
			defer w.Close()
			measure(b, file, w.Batches())
		})
	}
}

func measure[E any](b *testing.B, file string, events <-chan E) {
	var took []time.Duration
	content := make([]byte, 10_000)
	for n := 0; b.Loop(); n++ {
		copy(content, fmt.Sprintf("%09d", n))
		begin := time.Now()
		require.NoError(b, os.WriteFile(file, content, 0o644))
		<-events
		took = append(took, time.Since(begin))
		calm(events)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
}

// calm lets the quiet period pass, as it does between a developer's saves.
func calm[E any](events <-chan E) {
	pause := time.After(35 * time.Millisecond)
	for {
		select {
		case <-events:
		case <-pause:
			return
		}
	}
}

func BenchmarkNew(b *testing.B) {
	root := b.TempDir()
	for i := range 10_000 {
		dir := filepath.Join(root, fmt.Sprint(i%1000))
		require.NoError(b, os.MkdirAll(dir, 0o755))
		require.NoError(b, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), make([]byte, 2000), 0o644))
	}
	for b.Loop() {
		w, err := New(b.Context(), Options{Root: root})
		require.NoError(b, err)
		require.NoError(b, w.Close())
	}
}
