package runner

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/same-origin/devproxy/caddymodule/runner/bounded"
)

const (
	maxExtractedBytes   = 1 << 30
	maxExtractedEntries = 20_000
	maxWindowBytes      = 128 << 20 // what `zstd --long` writes at most
)

// install extracts archive within temp and moves the result to dir in one
// step, so that dir is complete or absent.
func install(ctx context.Context, archive, temp, dir string) error {
	content := filepath.Join(temp, "content")
	if err := extract(ctx, archive, content); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(content, bundleTree, readyMarker), nil, 0o444); err != nil {
		return err
	}
	// What is at dir without being ready was left by a crash.
	if !isReady(dir) {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	if err := os.Rename(content, dir); err != nil && !isReady(dir) {
		return err
	}
	return nil
}

// extract unpacks archive into the two trees below dir.
func extract(ctx context.Context, archive, dir string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes))
	if err != nil {
		return fmt.Errorf("opening the archive: %w", err)
	}
	defer decoder.Close()
	for _, tree := range []string{bundleTree, uiTree} {
		if err := os.MkdirAll(filepath.Join(dir, tree), 0o755); err != nil {
			return err
		}
	}
	// The root keeps every write below dir, whatever the names say.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	limits := bounded.Limits{Bytes: maxExtractedBytes, Entries: maxExtractedEntries}
	return unpack(bounded.Tar(ctx, decoder, limits), root)
}

// unpack writes the archive's folders and regular files below root.
func unpack(archive *tar.Reader, root *os.Root) error {
	left, files := int64(maxExtractedBytes), 0
	for entries := 0; ; entries++ {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) && files == 0 {
			return errors.New("the archive holds no files; it needs manifest.json, ui/ and dist/ at its top")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the archive: %w", err)
		}
		if left -= header.Size; left < 0 || entries >= maxExtractedEntries {
			return fmt.Errorf("reading the archive: it unpacks to more than %d bytes or %d entries", maxExtractedBytes, maxExtractedEntries)
		}
		name, ok := placeOf(header.Name)
		switch {
		case !ok:
		case header.Typeflag == tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case header.Typeflag == tar.TypeReg:
			files++
			err = writeFile(root, name, archive)
		}
		if err != nil {
			return err
		}
	}
}

// writeFile writes one read-only file, durably: the ready marker must not
// outlive content that a power failure took.
func writeFile(root *os.Root, name string, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	// As in tar, the last of several entries of one name counts.
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Sync(), file.Close())
}
