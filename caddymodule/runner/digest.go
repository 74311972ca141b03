package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// liveBufferBytes is the largest file of a working tree that gets an
	// ETag. It is read whole, so that the tag is of the very bytes sent
	// although an editor may write to the file meanwhile.
	liveBufferBytes = 8 << 20

	digestEntries = 4096
)

// digests gives assets their strong ETags. Those of sealed bundles are
// remembered: their content cannot change.
type digests struct {
	sealed *lru.Cache[digestKey, string]
}

type digestKey struct{ bundle, name string }

func newDigests() *digests {
	sealed, err := lru.New[digestKey, string](digestEntries)
	if err != nil {
		panic(err) // the size above is positive
	}
	return &digests{sealed: sealed}
}

// content gives what to send of a and its ETag, which is empty for a large
// file of a working tree.
func (d *digests) content(a *asset) (io.ReadSeeker, string, error) {
	if a.bundle.Live && a.info.Size() <= liveBufferBytes {
		return buffered(a.name, a.File)
	}
	content, ok := a.File.(io.ReadSeeker)
	if !ok {
		return buffered(a.name, a.File)
	}
	if a.bundle.Live {
		return content, "", nil
	}
	etag, err := d.seal(a, content)
	return content, etag, err
}

// seal gives the ETag of a sealed file and leaves content at its start.
func (d *digests) seal(a *asset, content io.ReadSeeker) (string, error) {
	key := digestKey{a.bundle.Hash, a.name}
	if etag, ok := d.sealed.Get(key); ok {
		return etag, nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return "", fmt.Errorf("reading asset %s: %w", a.name, err)
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("rewinding asset %s: %w", a.name, err)
	}
	etag := strongTag(hash.Sum(nil))
	d.sealed.Add(key, etag)
	return etag, nil
}

func buffered(name string, file fs.File) (io.ReadSeeker, string, error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, "", fmt.Errorf("reading asset %s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	return bytes.NewReader(data), strongTag(sum[:]), nil
}

func strongTag(sum []byte) string { return `"sha256-` + hex.EncodeToString(sum) + `"` }
