package runner

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// zeros is content without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// crafted compresses what fill writes, with a good file in front.
func crafted(t *testing.T, fill func(w *tar.Writer)) []byte {
	t.Helper()
	var archive bytes.Buffer
	compressor, err := zstd.NewWriter(&archive, zstd.WithEncoderLevel(zstd.SpeedFastest))
	require.NoError(t, err)
	writer := tar.NewWriter(compressor)
	page := "<title>good</title>"
	require.NoError(t, writer.WriteHeader(&tar.Header{Name: "ui/index.html", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(page))}))
	_, err = io.WriteString(writer, page)
	require.NoError(t, err)
	fill(writer)
	_ = writer.Close() // some are left incomplete
	require.NoError(t, compressor.Close())
	return archive.Bytes()
}

func add(headers ...tar.Header) func(*tar.Writer) {
	return func(w *tar.Writer) {
		for _, header := range headers {
			content := "evil"
			if header.Typeflag != tar.TypeReg {
				content = ""
			}
			header.Size, header.Mode = int64(len(content)), 0o777
			_ = w.WriteHeader(&header)
			_, _ = io.WriteString(w, content)
		}
	}
}

func regular(names ...string) func(*tar.Writer) {
	var headers []tar.Header
	for _, name := range names {
		headers = append(headers, tar.Header{Name: name, Typeflag: tar.TypeReg})
	}
	return add(headers...)
}

// outOfPlace are archives of which nothing but the good file may come, below
// the folder of their hash.
var outOfPlace = map[string]func(*tar.Writer){
	"above":                    regular("../evil", "../../evil", "ui/../../evil", "ui/../../../evil", "./../evil", "ui/./../../evil"),
	"absolute":                 regular("/evil", "//evil", "/tmp/evil", "///evil"),
	"of another system":        regular(`..\evil`, `C:\evil`, `ui\..\..\evil`, `\\host\evil`),
	"hidden":                   regular(".evil", ".ready", "ui/.evil", "bundle/.ready", "..", ".", "..."),
	"the marker":               regular(".ready", "./.ready"),
	"empty and odd":            regular("", "/", "ui//evil", "ui/", "ui/evil/"),
	"a name with NUL":          regular("ui/a\x00evil"),
	"a symlink out":            add(tar.Header{Name: "ui/out", Typeflag: tar.TypeSymlink, Linkname: "../../.."}, tar.Header{Name: "ui/out/x", Typeflag: tar.TypeReg}),
	"a symlink to a file":      add(tar.Header{Name: "ui/passwd", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}),
	"a symlink in place of ui": add(tar.Header{Name: "ui", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}),
	"a hard link":              add(tar.Header{Name: "ui/passwd", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}),
	"a hard link within":       add(tar.Header{Name: "ui/x", Typeflag: tar.TypeLink, Linkname: "../../index"}),
	"devices":                  add(tar.Header{Name: "ui/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, tar.Header{Name: "ui/sda", Typeflag: tar.TypeBlock, Devmajor: 8}),
	"a pipe":                   add(tar.Header{Name: "ui/pipe", Typeflag: tar.TypeFifo}),
	"a contiguous file":        add(tar.Header{Name: "ui/evil", Typeflag: tar.TypeCont}),
	"an unknown type":          add(tar.Header{Name: "ui/evil", Typeflag: 'Z'}),
	"set-uid":                  add(tar.Header{Name: "ui/evil.d/", Typeflag: tar.TypeDir, Mode: 0o7777}),
}

func TestAbuse_nothing_of_a_bundle_lands_elsewhere(t *testing.T) {
	for name, fill := range outOfPlace {
		t.Run(name, func(t *testing.T) {
			objects := newStore(t)
			source := objects.source(t)
			archive := crafted(t, fill)
			hash := hashOf(archive)
			objects.put(hash, archive)
			got := getPublished(t, start(t, Config{Sources: []Source{source}}), hash)
			outer := filepath.Dir(source.cfg.CacheDir)
			dir := filepath.Join(source.cfg.CacheDir, strings.TrimPrefix(hash, hashPrefix))
			require.NoError(t, filepath.WalkDir(outer, func(path string, entry os.DirEntry, err error) error {
				require.NoError(t, err)
				info, err := entry.Info()
				require.NoError(t, err)
				assert.True(t, info.IsDir() || info.Mode().IsRegular(), "%s is a %s", path, info.Mode())
				assert.Zero(t, info.Mode()&(os.ModeSetuid|os.ModeSetgid|os.ModeSticky), path)
				if info.Mode().IsRegular() {
					assert.True(t, strings.HasPrefix(path, dir), path)
					assert.NotContains(t, filepath.Base(path), "evil", path)
					assert.NotContains(t, filepath.Base(path), "passwd", path)
				}
				return nil
			}))
			if got.StatusCode == http.StatusOK {
				assert.Equal(t, "<title>good</title>", got.body)
			} else {
				assert.Equal(t, "extract_failed", got.code(t))
				assert.Empty(t, leftovers(t, source.cfg.CacheDir))
			}
		})
	}
	t.Logf("%d archives", len(outOfPlace))
}

// namesWithoutEnd has 2 GiB of long names, in some kilobytes, before an entry
// with a good one.
func namesWithoutEnd(t *testing.T) []byte {
	t.Helper()
	named := func(name string, end int) []byte {
		var entry, frame bytes.Buffer
		writer := tar.NewWriter(&entry)
		require.NoError(t, writer.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Format: tar.FormatGNU}))
		compressor, err := zstd.NewWriter(&frame)
		require.NoError(t, err)
		_, err = compressor.Write(entry.Bytes()[:entry.Len()-end])
		require.NoError(t, err)
		require.NoError(t, compressor.Close())
		return frame.Bytes()
	}
	const header = 512 // the one that the name is for
	bomb := bytes.Repeat(named(strings.Repeat("n", 1<<20-1), header), 2<<10)
	return append(append(bomb, named("ui/"+strings.Repeat("n", 150)+".js", 0)...), goodArchive(t)...)
}

// exhausting are archives that would fill the disk or the memory, or that are
// no archives; all are refused and leave nothing.
func exhausting(t *testing.T) map[string][]byte {
	big := func(size int64) func(*tar.Writer) {
		return func(w *tar.Writer) {
			_ = w.WriteHeader(&tar.Header{Name: "ui/big", Typeflag: tar.TypeReg, Size: size})
			_, _ = io.CopyN(w, zeros{}, min(size, 64<<20))
		}
	}
	whole := goodArchive(t)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 0xff
	var window bytes.Buffer // a frame that asks for a window of 2 GiB
	window.Write([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00})
	archives := map[string][]byte{
		"one file of 1 TiB":         crafted(t, big(1<<40)),
		"one file of 8 EiB":         crafted(t, big(1<<62)),
		"one file beyond the limit": crafted(t, big(maxExtractedBytes)),
		"more entries than allowed": crafted(t, func(w *tar.Writer) {
			for range maxExtractedEntries + 1 {
				_ = w.WriteHeader(&tar.Header{Name: "d/", Typeflag: tar.TypeDir})
			}
		}),
		"names of 2 GiB":                  namesWithoutEnd(t),
		"a folder and a file of one name": crafted(t, regular("ui/a", "ui/a/b")),
		"a window of 2 GiB":               window.Bytes(),
		"half a frame":                    whole[:len(whole)/2],
		"all but a byte":                  whole[:len(whole)-1],
		"a damaged frame":                 damaged,
		"a frame and garbage":             append(bytes.Clone(whole[:len(whole)-8]), "garbage!"...),
		"garbage":                         bytes.Repeat([]byte("x"), 4096),
		"nothing":                         {},
		"only a skippable frame":          {0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff},
		"gzip":                            {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0},
	}
	return archives
}

func TestAbuse_a_bundle_that_exhausts_is_refused_and_leaves_nothing(t *testing.T) {
	archives := exhausting(t)
	for name, archive := range archives {
		t.Run(name, func(t *testing.T) {
			objects := newStore(t)
			source := objects.source(t)
			hash := hashOf(archive)
			objects.put(hash, archive)
			server := start(t, Config{Sources: []Source{source}})
			got := getPublished(t, server, hash)
			assert.Equal(t, http.StatusInternalServerError, got.StatusCode, got.body)
			assert.Equal(t, "extract_failed", got.code(t))
			assert.Empty(t, leftovers(t, source.cfg.CacheDir))
			good := goodArchive(t)
			objects.put(hashOf(good), good)
			assert.Equal(t, http.StatusOK, getPublished(t, server, hashOf(good)).StatusCode, "the next bundle is served")
		})
	}
	t.Logf("%d archives", len(archives))
}

func TestAbuse_of_names_that_collide_the_last_counts(t *testing.T) {
	objects := newStore(t)
	source := objects.source(t)
	archive := crafted(t, regular("ui/index.html", "./ui/index.html", "ui/INDEX.html", "UI/index.html", "Manifest.json", "manifest.json"))
	hash := hashOf(archive)
	objects.put(hash, archive)
	got := getPublished(t, start(t, Config{Sources: []Source{source}}), hash)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Equal(t, "evil", got.body, "its own content, which its hash vouches for")
}
