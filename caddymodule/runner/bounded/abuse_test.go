package bounded

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/bounded/boundedtest"
)

// record is a header of that type with its content, and no entry after it.
func record(t *testing.T, kind byte, content string) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "x", Size: int64(len(content)), Format: tar.FormatGNU}))
	_, err := io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	header := archive.Bytes()
	header[156] = kind
	copy(header[148:], "        ")
	sum := 0
	for _, b := range header[:512] {
		sum += int(b)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	return header
}

// pax is one record of an extended header, so long in all.
func pax(length int) string {
	start := fmt.Sprintf("%d comment=", length)
	return start + strings.Repeat("x", length-len(start)-1) + "\n"
}

var limits = Limits{Bytes: 4 << 20, Entries: 10}

// most is what may be read of an archive at most.
const most = 4<<20 + 10*perEntry

func TestAbuse_headers_without_end_are_read_no_further_than_the_limit(t *testing.T) {
	for name, one := range map[string][]byte{
		"extended headers":           record(t, tar.TypeXHeader, pax(1<<20)),
		"extended headers, empty":    record(t, tar.TypeXHeader, ""),
		"long names":                 record(t, 'L', strings.Repeat("n", 1<<20)),
		"long names of links":        record(t, 'K', strings.Repeat("n", 1<<20)),
		"long names, short":          record(t, 'L', "n"),
		"an extended header too big": record(t, tar.TypeXHeader, pax(2<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			archive := &boundedtest.Endless{Record: one}
			_, err := Tar(t.Context(), archive, limits).Next()
			require.Error(t, err)
			assert.LessOrEqual(t, archive.Asked, int64(most))
			if !strings.HasSuffix(name, "too big") {
				assert.ErrorContains(t, err, "unpacks to more than")
			}
		})
	}
}

func TestAbuse_entries_and_content_without_end_are_read_no_further_than_the_limit(t *testing.T) {
	for name, one := range map[string][]byte{
		"files":          record(t, tar.TypeReg, "content"),
		"global headers": record(t, tar.TypeXGlobalHeader, pax(512)),
		"zeros in files": record(t, tar.TypeReg, strings.Repeat("\x00", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			archive := &boundedtest.Endless{Record: one}
			reader := Tar(t.Context(), archive, limits)
			var err error
			for err == nil {
				_, err = reader.Next()
			}
			assert.ErrorContains(t, err, "unpacks to more than")
			assert.EqualValues(t, most, archive.Asked)
		})
	}
}

func TestAbuse_who_gave_up_reads_no_more_headers(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	archive := &boundedtest.Endless{Record: record(t, tar.TypeXHeader, "")}
	reader := Tar(ctx, io.TeeReader(archive, after(func() { cancel() })), Limits{Bytes: 1 << 60})
	_, err := reader.Next()
	assert.ErrorIs(t, err, context.Canceled)
	assert.Less(t, archive.Asked, int64(1<<20))
}

// after is called when something was read.
type after func()

func (a after) Write(p []byte) (int, error) { a(); return len(p), nil }

func TestTar_gives_what_is_within_the_limits(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	long := strings.Repeat("long/", 300) + "name"
	for _, name := range []string{"short", long} {
		require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1 << 20, Format: tar.FormatPAX}))
		_, err := w.Write(make([]byte, 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	reader := Tar(t.Context(), &archive, Limits{Bytes: 2 << 20, Entries: 2})
	for _, name := range []string{"short", long} {
		header, err := reader.Next()
		require.NoError(t, err)
		assert.Equal(t, name, header.Name)
		n, err := io.Copy(io.Discard, reader)
		require.NoError(t, err)
		assert.EqualValues(t, 1<<20, n)
	}
	_, err := reader.Next()
	assert.ErrorIs(t, err, io.EOF)
}
