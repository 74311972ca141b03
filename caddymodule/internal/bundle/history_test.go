package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func at(second int) time.Time { return time.Unix(1_800_000_000+int64(second), 0).UTC() }

// verify compares a bundle's archive with its hash, and its files with their
// digests.
func verify(b *Bundle) error {
	archive, err := b.Archive()
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, archive); err != nil {
		return err
	}
	if got := fmt.Sprintf("sha256:%x", sum.Sum(nil)); got != b.Hash {
		return fmt.Errorf("archive of %s hashes to %s", b.Hash, got)
	}
	for name := range b.files.contents {
		data, err := fs.ReadFile(b.Files(), name)
		if err != nil {
			return err
		}
		if digest, _ := b.Digest(name); digest != fmt.Sprintf("%x", sha256.Sum256(data)) {
			return fmt.Errorf("%s of %s is not what its digest says", name, b.Hash)
		}
	}
	return nil
}

// series adds n bundles with a large handler each to the history in dir.
func series(t *testing.T, dir string, h *History, n int) []*Bundle {
	t.Helper()
	m, made := NewMaker(dir), []*Bundle{}
	for i := range n {
		b := build(t, m, memoryFiles(map[string]string{
			"manifest.json": "{}", "dist/main.wasm": string(noise(uint64(i), 1<<20+1)), "ui/index.html": fmt.Sprint(i),
		}))
		entry, err := add(h, b, at(i))
		require.NoError(t, err)
		assert.Equal(t, Entry{Number: i + 1, Build: b.Build(), Hash: b.Hash, Time: at(i), Sizes: Sizes{Size: b.Size(), Handler: 1<<20 + 1, UI: 1}, Cause: cause(at(i))}, entry)
		made = append(made, b)
	}
	return made
}

func numbers(h *History) (list []int) {
	for _, entry := range h.List() {
		list = append(list, entry.Number)
	}
	return list
}

func TestHistory_finds_the_last_bundles(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		h := OpenHistory(dir, 3, nil)
		_, ok := h.Current()
		assert.False(t, ok)
		made := series(t, dir, h, 5)
		assert.Equal(t, []int{5, 4, 3}, numbers(h))
		current, _ := h.Current()
		assert.Same(t, made[4], current)
		for i, b := range made {
			byHash, ok := h.ByHash(b.Hash)
			assert.Equal(t, i >= 2, ok)
			byBuild, _ := h.ByBuild(b.Build())
			assert.Same(t, byHash, byBuild)
			assert.NoError(t, verify(b), "who still has a bundle can read it")
		}
	}
}

func TestHistory_moves_known_content_up(t *testing.T) {
	dir := t.TempDir()
	h := OpenHistory(dir, 3, nil)
	made := series(t, dir, h, 2)
	same, err := add(h, made[1], at(10))
	require.NoError(t, err)
	assert.Equal(t, 2, same.Number)
	again, err := add(h, made[0], at(11))
	require.NoError(t, err)
	assert.Equal(t, 3, again.Number)
	assert.Equal(t, []int{3, 2}, numbers(h))
	current, _ := h.Current()
	assert.Equal(t, made[0].Hash, current.Hash)
}

func TestHistory_outlives_its_process(t *testing.T) {
	dir := t.TempDir()
	made := series(t, dir, OpenHistory(dir, 3, nil), 5)
	h := OpenHistory(dir, 3, nil)
	assert.Equal(t, []int{5, 4, 3}, numbers(h))
	assert.Equal(t, at(4), h.List()[0].Time)
	assert.Equal(t, cause(at(4)), h.List()[0].Cause)
	assert.Equal(t, made[4].Sizes(), h.List()[0].Sizes)
	for _, b := range made[2:] {
		restored, ok := h.ByBuild(b.Build())
		require.True(t, ok)
		require.NoError(t, verify(restored))
		assert.Equal(t, contents(t, b.Files()), contents(t, restored.Files()))
		assert.Empty(t, restored.Changed(b))
		once, _ := h.ByHash(b.Hash)
		assert.Same(t, restored, once)
	}
	entry, err := add(h, made[0], at(9))
	require.NoError(t, err)
	assert.Equal(t, 6, entry.Number)
	t.Run("also with restored bundles moved up", func(t *testing.T) {
		restored, _ := h.ByBuild(made[3].Build())
		_, err := add(h, restored, at(10))
		require.NoError(t, err)
		current, ok := OpenHistory(dir, 3, nil).Current()
		require.True(t, ok)
		assert.Equal(t, made[3].Hash, current.Hash)
		assert.NoError(t, verify(current))
	})
}

func TestHistory_keeps_no_file_that_it_does_not_need(t *testing.T) {
	dir := t.TempDir()
	h := OpenHistory(dir, 2, nil)
	series(t, dir, h, 6)
	// Of each: the handler, its frame, and the rest of the archive.
	assert.Len(t, onDisk(t, dir), 2*3)
	info, err := os.Stat(filepath.Join(dir, "history.json"))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	old := filepath.Join(dir, "objects", "tmp-killed")
	young := filepath.Join(dir, "objects", "tmp-writing")
	for _, name := range []string{old, young} {
		require.NoError(t, os.WriteFile(name, nil, 0o600))
	}
	hours := time.Now().Add(-2 * abandoned)
	require.NoError(t, os.Chtimes(old, hours, hours))
	series(t, dir, OpenHistory("", 2, nil), 1)
	_, err = add(h, build(t, NewMaker(dir), memoryFiles(map[string]string{"manifest.json": "1"})), at(9))
	require.NoError(t, err)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young)
}

func TestHistory_survives_that_somebody_empties_its_folder(t *testing.T) {
	dir := t.TempDir()
	h := OpenHistory(dir, 3, nil)
	m := NewMaker(dir)
	files := map[string]string{"manifest.json": "{}", "dist/main.wasm": string(noise(1, 2<<20)), "ui/index.html": "1"}
	first := build(t, m, memoryFiles(files))
	_, err := add(h, first, at(1))
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
	assert.NoError(t, verify(first))
	files["ui/index.html"] = "2"
	second := build(t, m, memoryFiles(files))
	_, err = add(h, second, at(2))
	require.NoError(t, err)

	var log bytes.Buffer
	again := OpenHistory(dir, 3, slog.New(slog.NewTextHandler(&log, nil)))
	current, ok := again.Current()
	require.True(t, ok)
	assert.Equal(t, second.Hash, current.Hash)
	require.NoError(t, verify(current))
	_, ok = again.ByHash(first.Hash)
	assert.False(t, ok)
	assert.Contains(t, log.String(), first.Build())
}

func TestHistory_drops_what_is_damaged_and_says_so(t *testing.T) {
	tests := map[string]struct {
		damage func(t *testing.T, dir string, made []*Bundle)
		left   []int
		reason string
	}{
		"the index is no JSON": {func(t *testing.T, dir string, _ []*Bundle) { overwrite(t, dir, "history.json", "{") }, nil, "parsing it"},
		"the index is another version's": {func(t *testing.T, dir string, _ []*Bundle) {
			overwrite(t, dir, "history.json", `{"version":9}`)
		}, nil, "version is 9"},
		"the index is a folder": {func(t *testing.T, dir string, _ []*Bundle) {
			require.NoError(t, os.Remove(filepath.Join(dir, "history.json")))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "history.json"), 0o700))
		}, nil, "is a directory"},
		"a number from which nobody can count on": {func(t *testing.T, dir string, made []*Bundle) {
			data, err := os.ReadFile(filepath.Join(dir, "history.json"))
			require.NoError(t, err)
			overwrite(t, dir, "history.json", strings.NewReplacer(`"last":2`, `"last":9223372036854775807`, `"number":2`, `"number":9223372036854775807`).Replace(string(data)))
			h := OpenHistory(dir, 3, nil)
			assert.Positive(t, h.Add(made[1], time.Now(), Cause{}).Number)
		}, []int{1}, "its number is 9223372036854775807"},
		"a frame has other bytes": {func(t *testing.T, dir string, made []*Bundle) {
			frame := made[1].archive.parts[0]
			overwrite(t, dir, "objects/"+frame.name, string(make([]byte, frame.size)))
		}, []int{1}, "hash to"},
		"a frame is cut short": {func(t *testing.T, dir string, made []*Bundle) {
			overwrite(t, dir, "objects/"+made[1].archive.parts[0].name, "x")
		}, []int{1}, "reading the archive"},
		"a frame is gone": {func(t *testing.T, dir string, made []*Bundle) {
			require.NoError(t, os.Remove(filepath.Join(dir, "objects", made[1].archive.parts[0].name)))
		}, []int{1}, "no such file"},
		"an entry leads out of the folder": {func(t *testing.T, dir string, made []*Bundle) {
			data, err := os.ReadFile(filepath.Join(dir, "history.json"))
			require.NoError(t, err)
			name := made[1].archive.parts[0].name
			overwrite(t, dir, "history.json", string(bytes.ReplaceAll(data, []byte(name), []byte("../"+name[3:]))))
		}, []int{1}, "its part"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			made := series(t, dir, OpenHistory(dir, 3, nil), 2)
			test.damage(t, dir, made)
			var log bytes.Buffer
			h := OpenHistory(dir, 3, slog.New(slog.NewTextHandler(&log, nil)))
			current, ok := h.Current()
			assert.Equal(t, test.left != nil, ok)
			if ok {
				assert.Equal(t, made[0].Hash, current.Hash)
			}
			assert.Equal(t, test.left, numbers(h))
			assert.Contains(t, log.String(), test.reason)
		})
	}
}

func overwrite(t *testing.T, dir, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
}

func FuzzParseIndex(f *testing.F) {
	hash := fmt.Sprintf("sha256:%064x", 1)
	f.Add([]byte(`{"version":1,"last":3,"builds":[{"number":3,"build":"` + buildOf(hash) + `","hash":"` + hash +
		`","time":"2026-01-01T00:00:00Z","size":5,"parts":[{"name":"` + hash[7:] + `.0","size":5}]}]}`))
	f.Add([]byte(`{"version":1,"builds":[{"hash":"sha256:","size":-1},{}]}`))
	f.Add([]byte(`{"version":1,"builds":[{"hash":"` + hash + `","parts":[{"name":"../../etc/passwd","size":9223372036854775807}]}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, problems := parseIndex(data)
		for _, build := range read.Builds {
			require.NoError(t, build.check())
			require.LessOrEqual(t, build.Number, read.Last)
			for _, part := range build.Parts {
				require.True(t, filepath.IsLocal(part.Name))
				require.Equal(t, part.Name, filepath.Base(part.Name))
			}
		}
		if len(problems) > 0 {
			return
		}
		again, err := json.Marshal(read)
		if err != nil {
			return // a time that cannot be written, such as one of year 10000
		}
		same, problems := parseIndex(again)
		require.Empty(t, problems)
		require.Len(t, same.Builds, len(read.Builds))
	})
}
