package dockerrunner

import (
	"bytes"
	"encoding/json"
)

// splitter makes lines of a stream of chunks, wherever those end: bytes are joined
// before they are read as text. Blank lines, and what is no JSON, are left out.
type splitter struct {
	emit func(line []byte) error
	rest []byte // of a line whose end has not come
}

func (s *splitter) add(chunk []byte) error {
	for {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			s.rest = append(s.rest, chunk...)
			return nil
		}
		line := append(s.rest, chunk[:end]...)
		s.rest, chunk = nil, chunk[end+1:]
		if err := s.line(line); err != nil {
			return err
		}
	}
}

// flush emits what has no end at the end of the stream.
func (s *splitter) flush() error {
	line := s.rest
	s.rest = nil
	return s.line(line)
}

func (s *splitter) line(line []byte) error {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || !json.Valid(line) {
		return nil
	}
	return s.emit(line)
}
