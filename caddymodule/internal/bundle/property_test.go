package bundle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundle_made_step_by_step_is_the_one_made_from_scratch(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	files := map[string]string{"manifest.json": "{}"}
	m := NewMaker("")
	for step := range 1000 {
		for range 1 + source.IntN(3) {
			edit(source, files, step)
		}
		step := fmt.Sprintf("step %d", step)
		b := build(t, m, memoryFiles(files))
		require.Equal(t, build(t, NewMaker(""), memoryFiles(files)).Hash, b.Hash, step)
		require.Equal(t, files, contents(t, b.Files()), step)
	}
}

// edit adds, changes, moves or removes a file.
func edit(source *rand.Rand, files map[string]string, step int) {
	names := slices.Sorted(maps.Keys(files))
	any := names[source.IntN(len(names))]
	fresh := fmt.Sprintf("ui/%d/%d.%s", source.IntN(3), source.IntN(20), []string{"js", "css", "png"}[source.IntN(3)])
	content := fmt.Sprint(step) + strings.Repeat("x", 1<<source.IntN(12))
	switch action := source.IntN(5); {
	case action == 0:
		files["dist/main.wasm"] = content
	case action == 1 && any != "manifest.json":
		delete(files, any)
	case action == 2 && any != "manifest.json":
		files[fresh] = files[any]
		if fresh != any {
			delete(files, any)
		}
	case action == 3:
		files[any] = content
	default:
		files[fresh] = content
	}
}

func TestBundles_are_read_while_new_ones_are_made(t *testing.T) {
	h, m := OpenHistory(t.TempDir(), 3, nil), NewMaker("")
	files := map[string]string{"manifest.json": "{}", "dist/main.wasm": string(noise(1, 2<<20))}
	done := make(chan struct{})
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- readAll(h, done) }()
	}
	for step := range 30 {
		files["ui/main.css"] = fmt.Sprint(step)
		b := build(t, m, memoryFiles(files))
		_, err := h.Add(b, at(step))
		require.NoError(t, err)
		assert.Equal(t, b.Hash, h.List()[0].Hash)
	}
	close(done)
	require.NoError(t, <-errs)
	require.NoError(t, <-errs)
}

// readAll checks every bundle of the history until done.
func readAll(h *History, done <-chan struct{}) error {
	for {
		select {
		case <-done:
			return nil
		default:
		}
		for _, entry := range h.List() {
			b, ok := h.ByBuild(entry.Build)
			if !ok {
				continue // made room for newer ones meanwhile
			}
			if err := verify(b); err != nil {
				return err
			}
		}
	}
}
