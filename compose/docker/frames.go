package docker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// splitAt is the length at which the engine splits a line into parts.
const splitAt = 16 << 10

// maxFrame is far beyond any part: a longer frame means that this is no log.
const maxFrame = 16 << 20

// part is a line that has not ended yet. Bytes are joined before they become
// text: the engine splits inside characters.
type part struct {
	at   time.Time
	text []byte
}

// readFrames reads the multiplexed log of a container without a terminal. Each
// frame is one part of a line, [stream 0 0 0 length] and then a time and the text. The client's own demultiplexer would
// lose where the frames end, and with it which times belong to the text.
func readFrames(r *bufio.Reader, emit func(LogLine) error) error {
	open := map[byte]*part{}
	for {
		var header [8]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return flush(open, emit)
			}
			return err
		}
		length := binary.BigEndian.Uint32(header[4:])
		if header[0] > 3 || length > maxFrame {
			return fmt.Errorf("the engine's log is not in frames (header % x)", header)
		}
		frame := make([]byte, length)
		if _, err := io.ReadFull(r, frame); err != nil {
			return err
		}
		if header[0] == 3 {
			return fmt.Errorf("the engine reports: %s", bytes.TrimSpace(frame))
		}
		if err := join(open, header[0], frame, emit); err != nil {
			return err
		}
	}
}

// join adds a frame to its stream's line and emits the line once it is whole.
func join(open map[byte]*part, stream byte, frame []byte, emit func(LogLine) error) error {
	at, text := cutStamp(frame)
	line := open[stream]
	if line == nil {
		line = &part{at: at}
		open[stream] = line
	}
	line.text = append(line.text, text...)
	// Only full parts are followed by more. The log driver "local" leaves out the
	// newline behind the last part, so the length has to tell as well.
	if len(text) >= splitAt && !bytes.HasSuffix(text, []byte("\n")) {
		return nil
	}
	delete(open, stream)
	return line.emit(stream, emit)
}

// flush emits what a container left without a newline when it ended.
func flush(open map[byte]*part, emit func(LogLine) error) error {
	for _, stream := range []byte{1, 2} {
		if line := open[stream]; line != nil {
			if err := line.emit(stream, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *part) emit(stream byte, emit func(LogLine) error) error {
	name := Stdout
	if stream == 2 {
		name = Stderr
	}
	text := string(bytes.TrimRight(p.text, "\r\n"))
	if err := emit(LogLine{Stream: name, Time: p.at, Text: text}); err != nil {
		return &emitError{err}
	}
	return nil
}
