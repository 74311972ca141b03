// Package filetime tells whether a file may have been written to, by what the
// system says of it.
//
// Who remembers a file's content asks it before reading the file again: the
// watcher, bundles, hashes, the runner. The time of modification alone is not
// enough: an unpacked archive has those of its files, often all of 1970, and
// anybody may set them back. The time of the last change of anything is the
// system's own. The package calls nobody.
package filetime

import "io/fs"

// Same says that a and b, of one place at two times, have the same size and
// times.
func Same(a, b fs.FileInfo) bool {
	if a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime()) {
		return false
	}
	before, known := changed(a)
	after, stillKnown := changed(b)
	return known == stillKnown && before == after
}

// moment is in seconds and nanoseconds.
type moment struct{ s, ns int64 }
