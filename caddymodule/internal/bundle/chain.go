package bundle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// chain is an archive's frames with the state of its hash behind each, so
// that an archive that begins with the same frames is hashed from where it
// differs.
type chain []link

type link struct {
	frame *blob
	state hash.Hash // never written to again
}

// extend gives the chain of frames. A frame that is the same blob as before
// has the same bytes.
func (c chain) extend(frames []*blob) (chain, error) {
	same := 0
	for same < min(len(c), len(frames)) && c[same].frame == frames[same] {
		same++
	}
	next := make(chain, same, len(frames))
	copy(next, c)
	for _, frame := range frames[same:] {
		state, err := next.state()
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(state, frame.reader()); err != nil {
			return nil, fmt.Errorf("hashing the archive: %w", err)
		}
		next = append(next, link{frame, state})
	}
	return next, nil
}

// state gives a hash of what is in the chain, to write to.
func (c chain) state() (hash.Hash, error) {
	if len(c) == 0 {
		return sha256.New(), nil
	}
	state, ok := c[len(c)-1].state.(hash.Cloner)
	if !ok {
		return nil, errors.New("hashing the archive: this build's SHA-256 cannot be continued; build with the standard crypto/sha256")
	}
	return state.Clone()
}

// sum gives the hash of the archive.
func (c chain) sum() string { return fmt.Sprintf("%s%x", hashPrefix, c[len(c)-1].state.Sum(nil)) }
