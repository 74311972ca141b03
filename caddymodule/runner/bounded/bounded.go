// Package bounded reads archives that somebody else made. archive/tar bounds
// the memory for an entry's headers, and not how many of them come before it:
// some kilobytes of zstd can unpack to headers without end within one Next.
//
// Called by runner, which unpacks bundles, bundle, which finds those of earlier
// processes, and workshop, which takes over what a container made.
package bounded

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
)

// perEntry is what an entry may need beside its content: its header, an
// extended one with long names and times, and the filling of all three.
const perEntry = 8 << 10

// Limits are what an archive may have.
type Limits struct {
	Bytes   int64 // of content
	Entries int
}

// Tar reads an archive. Beyond its limits, headers included, and once ctx is
// done, Next and Read give an error; limits on single entries are the caller's.
func Tar(ctx context.Context, archive io.Reader, l Limits) *tar.Reader {
	return tar.NewReader(&reader{ctx: ctx, from: archive, limits: l, left: l.Bytes + int64(l.Entries)*perEntry})
}

// reader hides what else from can do: tar would seek past what was not read.
type reader struct {
	ctx    context.Context
	from   io.Reader
	limits Limits
	left   int64
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.left <= 0 {
		return 0, fmt.Errorf("it unpacks to more than %d bytes or %d entries", r.limits.Bytes, r.limits.Entries)
	}
	n, err := r.from.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}
