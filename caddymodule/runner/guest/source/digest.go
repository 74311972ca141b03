package source

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/runner/filetime"
)

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// digests remembers those of files that have not changed since: hashing the
// engine's 10 MB at every edit would cost more than everything else.
type digests struct {
	mu    sync.Mutex
	known map[string]known
}

type known struct {
	info   fs.FileInfo
	digest Digest
}

func (d *digests) of(file string) (Digest, error) {
	info, err := os.Stat(file)
	if err != nil {
		return Digest{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	k, found := d.known[file]
	if found && os.SameFile(k.info, info) && filetime.Same(k.info, info) {
		return k.digest, nil
	}
	digest, err := digestOf(file)
	if err != nil {
		return Digest{}, err
	}
	if d.known == nil {
		d.known = map[string]known{}
	}
	d.known[file] = known{info, digest}
	return digest, nil
}

func digestOf(file string) (digest Digest, err error) {
	f, err := os.Open(file)
	if err != nil {
		return Digest{}, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return Digest{}, err
	}
	return Digest(sum.Sum(nil)), nil
}
