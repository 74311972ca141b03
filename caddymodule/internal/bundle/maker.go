package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
)

// Maker makes the bundles of one extension and remembers what unchanged files
// became. It is safe for concurrent use, one Make at a time.
type Maker struct {
	blobs blobs

	mu     sync.Mutex
	packer *packer
	chain  chain
	// The members of the last bundle by path, and of the last different one:
	// who undoes a change gets what was made before it.
	last, before map[string]*member
	// The members of a bundle that was broken off. They save the next attempt
	// the work, and the room on a disk that is full.
	partial map[string]*member
}

// NewMaker gives a Maker that keeps files and frames of more than 1 MiB below
// dir, which the extension's [History] shares and cleans up. Empty: all are
// kept in memory.
func NewMaker(dir string) *Maker { return &Maker{blobs: blobsIn(dir)} }

// blobsIn is where below a cache folder the blobs are.
func blobsIn(dir string) blobs {
	if dir == "" {
		return ""
	}
	return blobs(filepath.Join(dir, "objects"))
}

// Option changes what belongs to a bundle.
type Option func(tops []string) []string

// WithSource adds dist/handler.js, the handler as JavaScript source.
func WithSource() Option {
	return func(tops []string) []string { return append(tops, "dist/handler.js") }
}

// Make bundles what src holds: manifest.json, dist/main.wasm and ui/, without
// dot files. Links within src are followed, files that vanish meanwhile are
// left out, and one that changes while it is read is read again. Files whose
// size and time are as before are not read. The error is an [*Error] where it
// has a code.
func (m *Maker) Make(ctx context.Context, src fs.FS, options ...Option) (*Bundle, error) {
	tops := []string{"dist/main.wasm", "manifest.json", "ui"}
	for _, option := range options {
		tops = option(tops)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(); err != nil {
		return nil, err
	}
	files, err := scan(ctx, src, tops)
	if err != nil {
		return nil, err
	}
	members, err := m.members(ctx, src, files)
	if err != nil {
		return nil, err
	}
	return m.assemble(members)
}

func (m *Maker) ready() (err error) {
	if m.packer == nil {
		m.packer, err = newPacker()
	}
	return err
}

// members gives the files that are still there, by name.
func (m *Maker) members(ctx context.Context, src fs.FS, files []found) (map[string]*member, error) {
	members := make(map[string]*member, len(files))
	for _, file := range files {
		if known := m.vouched(file); known != nil {
			members[file.name] = known
			continue
		}
		next, data, err := read(ctx, src, file.name)
		if isGone(err) {
			continue
		}
		if err == nil {
			err = m.pack(next, data)
		}
		if err != nil {
			m.partial = members
			return nil, err
		}
		members[file.name] = next
	}
	if members["manifest.json"] == nil {
		return nil, &Error{CodeNoManifest, errors.New("bundling the extension: it has no manifest.json; add one at the top of its folder")}
	}
	return members, nil
}

// vouched gives the member that the file still is, or nil.
func (m *Maker) vouched(file found) *member {
	for _, known := range []*member{m.partial[file.name], m.last[file.name]} {
		if known.vouches(file.info) {
			return known
		}
	}
	return nil
}

// pack gives the member its content and frame, which may be made already.
func (m *Maker) pack(one *member, data []byte) error {
	sum := sha256.Sum256(data)
	for _, known := range []*member{m.last[one.name], m.before[one.name], m.partial[one.name]} {
		if known != nil && known.content.sum == sum {
			one.content, one.frame = known.content, known.frame
			return nil
		}
	}
	frame, err := m.packer.frame(one.name, data)
	if err != nil {
		return err
	}
	if one.frame, err = m.blobs.put(frame, sha256.Sum256(frame)); err != nil {
		return err
	}
	one.content, err = m.blobs.put(data, sum)
	return err
}

// assemble makes the bundle of members. Only when there is one does the Maker
// remember them.
func (m *Maker) assemble(members map[string]*member) (*Bundle, error) {
	ordered := make([]*member, 0, len(members))
	contents := make(map[string]*blob, len(members))
	for _, one := range members {
		ordered = append(ordered, one)
		contents[one.name] = one.content
	}
	slices.SortFunc(ordered, byPlace)
	frames := make([]*blob, 0, len(ordered)+1)
	for _, one := range ordered {
		frames = append(frames, one.frame)
	}
	frames = append(frames, m.packer.trailer)
	next, err := m.chain.extend(frames)
	if err != nil {
		return nil, err
	}
	b := newBundle(next.sum(), contents, newArchive(frames))
	if b.Size() > maxArchive {
		return nil, &Error{CodeTooLarge, fmt.Errorf("bundling the extension: the archive has %d bytes, and runners take %d at most; make dist/main.wasm or the files below ui/ smaller", b.Size(), maxArchive)}
	}
	if len(m.chain) == 0 || m.chain.sum() != b.Hash {
		m.before = m.last
	}
	m.last, m.partial, m.chain = members, nil, next
	return b, nil
}

// maxArchive is what runners download at most.
const maxArchive = 256 << 20
