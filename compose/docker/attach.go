package docker

import (
	"bytes"
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// Output is what a container without a terminal prints, from its start on. Unlike
// its log it is there also when the engine removes the container as it ends.
type Output struct {
	id      string
	ctx     context.Context //nolint:containedctx // the connection's, as a request's
	stream  types.HijackedResponse
	release func() bool
}

// Attach connects to a container that is yet to be started. The caller reads
// [Output.Lines] at once, or the container waits with what it prints, or closes it.
// The end of the context closes it as well.
func (e *Engine) Attach(ctx context.Context, id string) (*Output, error) {
	stream, err := e.cli.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return nil, mapped("attaching to container", short(id), err)
	}
	return &Output{id: id, ctx: ctx, stream: stream, release: context.AfterFunc(ctx, stream.Close)}, nil
}

// Close lets go of the container, which runs on.
func (o *Output) Close() {
	o.release()
	o.stream.Close()
}

// Lines reads until the container ends, or the context, and closes the output. The
// lines have no time.
func (o *Output) Lines(emit func(LogLine)) error {
	defer o.Close()
	out, errs := &lineWriter{stream: Stdout, emit: emit}, &lineWriter{stream: Stderr, emit: emit}
	_, err := stdcopy.StdCopy(out, errs, o.stream.Reader)
	out.flush()
	errs.flush()
	if o.ctx.Err() != nil {
		return o.ctx.Err()
	}
	return mapped("reading output of container", short(o.id), err)
}

// lineWriter cuts one stream into lines.
type lineWriter struct {
	stream Stream
	emit   func(LogLine)
	open   []byte // has no end yet
}

func (w *lineWriter) Write(p []byte) (int, error) {
	rest := p
	for {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		w.open = append(w.open, line...)
		if !ended {
			return len(p), nil
		}
		w.tell()
		rest = after
	}
}

// flush tells what the container left without an end.
func (w *lineWriter) flush() {
	if len(w.open) > 0 {
		w.tell()
	}
}

func (w *lineWriter) tell() {
	w.emit(LogLine{Stream: w.stream, Text: string(bytes.TrimRight(w.open, "\r"))})
	w.open = w.open[:0]
}
