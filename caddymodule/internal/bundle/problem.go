package bundle

// The codes of an [Error].
const (
	// CodePublishFailed: the cache folder cannot be written.
	CodePublishFailed = "publish_failed"
	// CodeTooLarge: runners refuse a bundle of this size.
	CodeTooLarge = "bundle_too_large"
	// CodeNoManifest: there is no manifest.json to publish.
	CodeNoManifest = "manifest_missing"
)

// Error says why there is no bundle. What was published before is untouched,
// and the next attempt starts afresh.
type Error struct {
	Code string
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }
