package bundle

import (
	"encoding/hex"
	"io"
	"io/fs"
	"slices"
	"strings"
)

const (
	hashPrefix  = "sha256:"
	buildDigits = 12
)

// Bundle is one version of an extension's content. It never changes and is
// safe for concurrent use. Its large files stay on disk, open, for as long as
// it is in use, whether or not the [History] still knows it.
type Bundle struct {
	// Hash is the SHA-256 of the archive, "sha256:<hex>".
	Hash string

	files   *tree
	archive *archive
}

func newBundle(hash string, contents map[string]*blob, archive *archive) *Bundle {
	return &Bundle{Hash: hash, files: newTree(contents), archive: archive}
}

// Build is the build's id: the first 12 digits of the hash.
func (b *Bundle) Build() string { return buildOf(b.Hash) }

func buildOf(hash string) string { return strings.TrimPrefix(hash, hashPrefix)[:buildDigits] }

// Files gives manifest.json, dist/ and ui/ as they were bundled. Files can be
// sought and read at an offset; their times are zero.
func (b *Bundle) Files() fs.FS { return b.files }

// Archive opens bundle.tar.zst.
func (b *Bundle) Archive() (io.ReadSeekCloser, error) {
	return archiveReader{io.NewSectionReader(b.archive, 0, b.Size())}, nil
}

// Size is that of the archive in bytes.
func (b *Bundle) Size() int64 { return b.archive.size() }

// Sizes says how large the parts of a bundle are, in bytes.
type Sizes struct {
	Size    int64 `json:"size"`              // of the archive
	Handler int64 `json:"handler,omitempty"` // of the files in dist/
	UI      int64 `json:"ui,omitempty"`      // of the files in ui/
}

// Sizes adds up the files.
func (b *Bundle) Sizes() Sizes {
	s := Sizes{Size: b.Size()}
	for path, content := range b.files.contents {
		switch top, _, _ := strings.Cut(path, "/"); top {
		case "dist":
			s.Handler += content.size
		case "ui":
			s.UI += content.size
		}
	}
	return s
}

// Digest gives the SHA-256 of a file as 64 hex digits, for its ETag; false
// when the bundle does not have it.
func (b *Bundle) Digest(path string) (string, bool) {
	content, ok := b.files.contents[path]
	if !ok {
		return "", false
	}
	return hex.EncodeToString(content.sum[:]), true
}

// Changed lists the paths that were added, removed or changed since before,
// sorted. Nil stands for a bundle without files.
func (b *Bundle) Changed(before *Bundle) []string {
	changed := []string{}
	old := map[string]*blob{}
	if before != nil {
		old = before.files.contents
	}
	for path, content := range b.files.contents {
		if was, ok := old[path]; !ok || was.sum != content.sum {
			changed = append(changed, path)
		}
	}
	for path := range old {
		if _, ok := b.files.contents[path]; !ok {
			changed = append(changed, path)
		}
	}
	slices.Sort(changed)
	return changed
}

// blobs gives everything that the bundle consists of.
func (b *Bundle) blobs(yield func(*blob) bool) {
	for _, part := range b.archive.parts {
		if !yield(part) {
			return
		}
	}
	for _, content := range b.files.contents {
		if !yield(content) {
			return
		}
	}
}
