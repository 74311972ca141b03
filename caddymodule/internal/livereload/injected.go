package livereload

import (
	"errors"
	"io"
)

// injected passes a document on and adds tag where the browser meets it
// before any other element. It holds back no more than the few bytes of which
// it cannot know yet whether the tag comes before them.
type injected struct {
	body   io.ReadCloser
	tag    []byte
	prolog prolog
	held   []byte
	ready  []byte // to be read from us
	done   bool   // the tag is placed, or there is no place for it
	err    error  // from body, told once ready is empty
}

func (d *injected) Read(p []byte) (int, error) {
	for len(d.ready) == 0 && d.err == nil {
		if d.done {
			return d.body.Read(p)
		}
		d.advance(len(p))
	}
	if len(d.ready) == 0 {
		return 0, d.err
	}
	n := copy(p, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

func (d *injected) Close() error { return d.body.Close() }

// advance reads once from the body.
func (d *injected) advance(room int) {
	chunk := make([]byte, max(room, 1))
	n, err := d.body.Read(chunk)
	d.err = err
	for i, c := range chunk[:n] {
		if d.step(c) {
			d.ready = append(d.ready, chunk[i+1:n]...)
			break
		}
	}
	if errors.Is(err, io.EOF) && !d.done {
		d.end()
	}
}

// step takes one byte, and reports whether the rest may pass.
func (d *injected) step(c byte) bool {
	d.held = append(d.held, c)
	switch d.prolog.next(c) {
	case hold:
		return false
	case pass:
		d.release()
	case before:
		d.done = true
		d.ready = append(d.ready, d.tag...)
		d.release()
	case after:
		d.done = true
		d.release()
		d.ready = append(d.ready, d.tag...)
	case nowhere:
		d.done = true
		d.release()
	}
	return d.done
}

// end places the tag in a document without an element. What ends within a
// comment or a tag has no place that a browser would see.
func (d *injected) end() {
	d.done = true
	if d.prolog.betweenTags() {
		d.ready = append(d.ready, d.tag...)
	}
	d.release()
}

func (d *injected) release() {
	d.ready = append(d.ready, d.held...)
	d.held = d.held[:0]
}

var _ io.ReadCloser = (*injected)(nil)
