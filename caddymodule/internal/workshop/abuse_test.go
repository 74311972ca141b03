package workshop

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/runner/bounded/boundedtest"
)

func TestAbuse_a_build_that_returns_names_without_end_is_refused(t *testing.T) {
	var one bytes.Buffer
	writer := tar.NewWriter(&one)
	require.NoError(t, writer.WriteHeader(&tar.Header{Name: "dist/" + strings.Repeat("n", 1<<20-6), Typeflag: tar.TypeReg, Format: tar.FormatGNU}))
	archive := &boundedtest.Endless{Record: one.Bytes()[:512+1<<20]} // without the file's own header
	r := returns{dir: t.TempDir(), state: t.TempDir(), record: filepath.Join(t.TempDir(), "r.json")}
	err := r.collect(t.Context(), []string{"dist"}, func(context.Context, string) (io.ReadCloser, error) { return archive, nil })
	var refused *build.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, codeRefused, refused.Problem.Code)
	assert.Less(t, archive.Asked, int64(mostBytes+mostBytes/4))
	assert.Empty(t, mustGlob(t, filepath.Join(r.dir, "*")))
	assert.Empty(t, mustGlob(t, filepath.Join(r.state, "*")))
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return found
}
