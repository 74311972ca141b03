package docker

import (
	"bufio"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Stream is where a container wrote a line.
type Stream string

// The streams of a container; with a terminal everything is Stdout.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// LogLine is one line a container wrote, without its end.
type LogLine struct {
	Stream Stream
	Time   time.Time // the engine's, in nanoseconds
	Text   string
}

// LogQuery says which lines of a container to read.
type LogQuery struct {
	TTY    bool // as the container was created
	Follow bool // go on until the container ends
	Tail   int  // the last lines only; negative for all
	Since  time.Time
}

// Logs reads a container's lines in the order in which the engine stored them,
// from its start when nothing else is asked for. It blocks until the end of the
// log (following: until the container ends) or of the context.
func (e *Engine) Logs(ctx context.Context, id string, query LogQuery, emit func(LogLine) error) error {
	options := container.LogsOptions{
		ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: query.Follow, Tail: "all",
	}
	if query.Tail >= 0 {
		options.Tail = strconv.Itoa(query.Tail)
	}
	if !query.Since.IsZero() {
		options.Since = strconv.FormatInt(query.Since.Unix(), 10) + "." + zeroPadded(query.Since.Nanosecond())
	}
	body, err := e.cli.ContainerLogs(ctx, id, options)
	if err != nil {
		return mapped("reading logs of container", short(id), err)
	}
	defer body.Close()
	read := readFrames
	if query.TTY {
		read = readTerminal
	}
	err = read(bufio.NewReaderSize(body, 64<<10), emit)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var stopped *emitError
	if errors.As(err, &stopped) {
		return stopped.err
	}
	return mapped("reading logs of container", short(id), err)
}

// emitError tells the reader's own end from the engine's.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }

// stampLength is the length of the time the engine puts before a line.
const stampLength = len("2006-01-02T15:04:05.000000000Z")

// cutStamp splits a line into its time and the rest. Engines write nanoseconds
// in full, but not by contract: the space decides.
func cutStamp(line []byte) (time.Time, []byte) {
	stamp, _, found := strings.Cut(string(line[:min(len(line), stampLength+6)]), " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if !found || err != nil {
		return time.Time{}, line
	}
	return at, line[len(stamp)+1:]
}
