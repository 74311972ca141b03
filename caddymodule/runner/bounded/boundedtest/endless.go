// Package boundedtest gives the tests of those who read archives of others one
// that never ends. Only tests import it.
package boundedtest

import "io"

// Endless gives a record again and again, and counts what is asked of it.
type Endless struct {
	Record []byte
	Asked  int64 // bytes
}

func (e *Endless) Read(p []byte) (int, error) {
	n := copy(p, e.Record[e.Asked%int64(len(e.Record)):])
	e.Asked += int64(n)
	return n, nil
}

// Close has nothing to let go of.
func (e *Endless) Close() error { return nil }

// Interface guards
var _ io.ReadCloser = (*Endless)(nil)
