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
)

// repeated gives a record again and again, and counts what is asked of it.
type repeated struct {
	record []byte
	read   int64
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.record[r.read%int64(len(r.record)):])
	r.read += int64(n)
	return n, nil
}

func (r *repeated) Close() error { return nil }

func TestAbuse_a_build_that_returns_names_without_end_is_refused(t *testing.T) {
	var one bytes.Buffer
	writer := tar.NewWriter(&one)
	require.NoError(t, writer.WriteHeader(&tar.Header{Name: "dist/" + strings.Repeat("n", 1<<20-6), Typeflag: tar.TypeReg, Format: tar.FormatGNU}))
	archive := &repeated{record: one.Bytes()[:512+1<<20]} // without the file's own header
	r := returns{dir: t.TempDir(), state: t.TempDir(), record: filepath.Join(t.TempDir(), "r.json")}
	err := r.collect(t.Context(), []string{"dist"}, func(context.Context, string) (io.ReadCloser, error) { return archive, nil })
	var refused *build.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, codeRefused, refused.Problem.Code)
	assert.Less(t, archive.read, int64(mostBytes+mostBytes/4))
	assert.Empty(t, mustGlob(t, filepath.Join(r.dir, "*")))
	assert.Empty(t, mustGlob(t, filepath.Join(r.state, "*")))
}

func mustGlob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return found
}
