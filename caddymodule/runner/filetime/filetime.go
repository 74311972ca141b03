// Package filetime tells whether a file may have been written to, by what the
// system says of it.
//
// Who remembers a file's content asks it before reading the file again: the
// watcher, bundles, hashes, the runner. The time of modification alone is not
// enough: an unpacked archive has those of its files, often all of 1970, and
// anybody may set them back. The time of the last change of anything is the
// system's own. The package calls nobody.
package filetime

import (
	"io/fs"
	"time"
)

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

// Settled says that a file, as info shows it, had not been written to for longer
// than grain when it was read at the time at: another write would have shown in
// its times. The time of modification may have been set back since the write,
// which the time of the last change then tells.
func Settled(info fs.FileInfo, at time.Time, grain time.Duration) bool {
	last := info.ModTime()
	if change, known := changed(info); known {
		if t := time.Unix(change.s, change.ns); t.After(last) {
			last = t
		}
	}
	return at.Sub(last) > grain
}

// moment is in seconds and nanoseconds.
type moment struct{ s, ns int64 }
