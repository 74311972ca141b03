package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/same-origin/devproxy/caddymodule/runner/bounded"
)

// restore makes a bundle of an archive on disk. The hash vouches for all of
// it, so that nothing is served that was not made.
func restore(dir, hash string, parts []part) (*Bundle, error) {
	frames, err := blobsIn(dir).openAll(parts)
	if err != nil {
		return nil, err
	}
	archive := newArchive(frames)
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(archive, 0, archive.size())); err != nil {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	if got := fmt.Sprintf("%s%x", hashPrefix, sum.Sum(nil)); got != hash {
		return nil, fmt.Errorf("its files hash to %s", got)
	}
	contents, err := unpack(io.NewSectionReader(archive, 0, archive.size()), blobsIn(dir))
	if err != nil {
		return nil, fmt.Errorf("unpacking the archive: %w", err)
	}
	return newBundle(hash, contents, archive), nil
}

// openAll opens the parts. Those that are open when another cannot be opened
// close themselves, as all blobs do.
func (dir blobs) openAll(parts []part) ([]*blob, error) {
	opened := make([]*blob, 0, len(parts))
	for _, part := range parts {
		file, err := os.Open(filepath.Join(string(dir), part.Name))
		if err != nil {
			return nil, err
		}
		opened = append(opened, &blob{size: part.Size, name: part.Name, file: file})
	}
	return opened, nil
}

// unpack gives the files of an archive that this package made.
func unpack(archive io.Reader, dir blobs) (map[string]*blob, error) {
	decoder, err := zstd.NewReader(archive, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	contents := map[string]*blob{}
	for entries := bounded.Tar(context.Background(), decoder, bounded.Limits{Bytes: maxBytes, Entries: maxEntries}); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return contents, nil
		}
		if err != nil {
			return nil, err
		}
		if !fs.ValidPath(header.Name) || header.Size > maxBytes {
			return nil, fmt.Errorf("it holds %q of %d bytes", header.Name, header.Size)
		}
		data, err := io.ReadAll(entries)
		if err != nil {
			return nil, err
		}
		if contents[header.Name], err = dir.put(data, sha256.Sum256(data)); err != nil {
			return nil, err
		}
	}
}
