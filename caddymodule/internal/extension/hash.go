package extension

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
)

// settled is how old a file must be for its size and time to vouch for its
// content: a second write within the clock's grain would change neither.
const settled = 100 * time.Millisecond

// hasher computes content hashes and remembers each file's digest, so that
// a look at an unchanged tree reads no file.
type hasher struct {
	files map[string]fileDigest
	now   func() time.Time
}

type fileDigest struct {
	size int64
	info fs.FileInfo
	read time.Time
	sum  [sha256.Size]byte
}

func newHasher() *hasher { return &hasher{files: map[string]fileDigest{}, now: time.Now} }

// hash names the content of tree: SHA-256 over path, size and SHA-256 of
// what a bundle would hold, in path order. Same files, same hash, whatever
// their times, modes and order on disk.
func (h *hasher) hash(tree fs.FS) (string, error) {
	sum := sha256.New()
	seen := map[string]fileDigest{}
	for _, top := range []string{"dist/main.wasm", "manifest.json", "ui"} {
		if err := h.walk(sum, seen, tree, top); err != nil {
			return "", fmt.Errorf("hashing the extension's content: %w", err)
		}
	}
	h.files = seen
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// walk hashes what lies below top. A link that leads back into its own folder
// ends in the system's error about too many of them.
func (h *hasher) walk(sum io.Writer, seen map[string]fileDigest, tree fs.FS, top string) error {
	return fs.WalkDir(tree, top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			if name == top || isGone(err) {
				return nil // no such part, or deleted while we looked
			}
			return err
		}
		return h.add(sum, seen, tree, name, entry)
	})
}

func (h *hasher) add(sum io.Writer, seen map[string]fileDigest, tree fs.FS, name string, entry fs.DirEntry) error {
	if strings.HasPrefix(entry.Name(), ".") {
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil // a bundle leaves dot files out
	}
	info, err := fs.Stat(tree, name)
	switch {
	case isGone(err):
		return nil
	case err != nil:
		return err
	case info.IsDir() && entry.Type()&fs.ModeSymlink != 0:
		return h.walk(sum, seen, tree, name) // the walk itself follows no links
	case !info.Mode().IsRegular():
		return nil
	}
	digest, err := h.digest(tree, name, info)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	seen[name] = digest
	_, err = fmt.Fprintf(sum, "%s\x00%d\x00%x\n", name, digest.size, digest.sum)
	return err
}

func (h *hasher) digest(tree fs.FS, name string, info fs.FileInfo) (fileDigest, error) {
	known, ok := h.files[name]
	if ok && known.size == info.Size() && filetime.Same(known.info, info) && filetime.Settled(known.info, known.read, settled) {
		return known, nil
	}
	digest := fileDigest{info: info, read: h.now()}
	file, err := tree.Open(name)
	if err != nil {
		return digest, err
	}
	defer file.Close()
	content := sha256.New()
	if digest.size, err = io.Copy(content, file); err != nil {
		return digest, err
	}
	content.Sum(digest.sum[:0])
	return digest, nil
}
