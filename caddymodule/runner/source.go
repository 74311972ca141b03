package runner

import (
	"context"
	"errors"
	"io/fs"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// Source finds the content of installed extensions. The embedded backend
// gives the developer's folders; [BundleStore] fetches what was published.
type Source interface {
	// Open finds the content that ref names. The error is [ErrNotInstalled]
	// when this source does not know it, or a *FetchError.
	Open(ctx context.Context, ref Ref) (Bundle, error)
}

// Ref names one version of one extension's content.
type Ref struct {
	Tenant    string
	Extension string
	Hash      string // "sha256:<hex>", lower case
}

// Bundle is one version of an extension's content.
type Bundle struct {
	// Hash names the content: "sha256:<hex>".
	Hash string
	// Files holds `manifest.json`, `dist/main.wasm` and `ui/…`.
	Files fs.FS
	// Live says that Files is a working tree, which may change at any time:
	// nothing of it may be cached.
	Live bool
	// Dir is where Files lies on disk, for messages; it may be empty.
	Dir string
	// Digest gives the SHA-256 of a file as 64 hex digits; false for files
	// that are not there. It is nil where digests are not known beforehand.
	// Files never changes where they are, even if Live: a handler is then
	// known by its digest and not read again.
	Digest func(path string) (string, bool)
	// FromSource runs `dist/handler.js` of Files as it is, where there is one.
	// Nil for published bundles, which are built.
	FromSource *FromSource
}

// FromSource says how a handler runs that is not built into a component.
type FromSource struct {
	// Build is what the extension's project says, as [source.Discover] reads it.
	Build source.Build
	// Strict gives the handler no more than the component will have.
	Strict bool
}

// ErrNotInstalled says that a Source does not know an extension.
var ErrNotInstalled = errors.New("extension not installed")

// FetchError says why content that should exist could not be had.
type FetchError struct {
	// Code is `archive_hash_mismatch` or `extract_failed`, and what the
	// runner answers with it; see contracts of `/ext-ui`.
	Code string
	Err  error
}

func (e *FetchError) Error() string { return e.Code + ": " + e.Err.Error() }

func (e *FetchError) Unwrap() error { return e.Err }
