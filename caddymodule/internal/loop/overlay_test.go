package loop

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOverlay_shows_what_was_made_over_what_is_there(t *testing.T) {
	at := time.Unix(1, 0)
	o := overlay{
		base: fstest.MapFS{
			"manifest.json": {Data: []byte("{}")}, "ui/index.html": {Data: []byte("old")}, "ui/main.ts": {Data: []byte("ts")}, "dist/main.wasm": {Data: []byte("wasm")},
		},
		made:   map[string]made{"ui/index.html": {[]byte("new"), at}, "ui/assets/main.js": {[]byte("js"), at}, "gen/a/b.js": {[]byte("b"), at}},
		hidden: func(name string) bool { return name == "dist/main.wasm" },
	}
	var names []string
	require.NoError(t, fs.WalkDir(o, ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	assert.Equal(t, []string{"gen/a/b.js", "manifest.json", "ui/assets/main.js", "ui/index.html", "ui/main.ts"}, names)
	content, err := fs.ReadFile(o, "ui/index.html")
	require.NoError(t, err)
	assert.Equal(t, "new", string(content))
	_, err = fs.Stat(o, "dist/main.wasm")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = o.Open("dist/main.wasm")
	require.ErrorIs(t, err, fs.ErrNotExist)
	info, err := fs.Stat(o, "gen/a")
	require.NoError(t, err)
	assert.True(t, info.IsDir())
}
