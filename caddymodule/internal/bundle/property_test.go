package bundle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBundle_made_step_by_step_is_the_one_made_from_scratch(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	files := fstest.MapFS{"manifest.json": {Data: []byte("{}")}}
	m := NewMaker("")
	for step := range 1000 {
		for range 1 + source.IntN(3) {
			edit(source, files, step)
		}
		step := fmt.Sprintf("step %d", step)
		b := build(t, m, files)
		require.Equal(t, build(t, NewMaker(""), files).Hash, b.Hash, step)
		require.Equal(t, contents(t, files), contents(t, b.Files()), step)
	}
}

// edit adds, changes, moves or removes a file. Times are long past, so that
// they vouch for what is not edited.
func edit(source *rand.Rand, files fstest.MapFS, step int) {
	names := slices.Sorted(maps.Keys(files))
	one := names[source.IntN(len(names))]
	fresh := fmt.Sprintf("ui/%d/%d.%s", source.IntN(3), source.IntN(20), []string{"js", "css", "png"}[source.IntN(3)])
	written := &fstest.MapFile{
		Data:    []byte(fmt.Sprint(step) + strings.Repeat("x", 1<<source.IntN(12))),
		ModTime: time.Unix(1_600_000_000+int64(step), 1),
	}
	switch action := source.IntN(5); {
	case action == 0:
		files["dist/main.wasm"] = written
	case action == 1 && one != "manifest.json":
		delete(files, one)
	case action == 2 && one != "manifest.json":
		moved := files[one]
		delete(files, one)
		files[fresh] = moved
	case action == 3:
		files[one] = written
	default:
		files[fresh] = written
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
		_, err := add(h, b, at(step))
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
