package runnerclient

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// LogQuery says what of a container's log to read.
type LogQuery struct {
	NoFollow           bool    // end with what is there
	Since              float64 // seconds since 1970; 0: from the start
	Tail               int     // the last lines only; 0: all
	NoStdout, NoStderr bool
	Timestamps         bool
}

func (q LogQuery) values(id string) url.Values {
	values := url.Values{"containerId": {id}, "follow": {strconv.FormatBool(!q.NoFollow)}}
	if q.Since > 0 {
		values.Set("since", strconv.FormatFloat(q.Since, 'f', -1, 64))
	}
	if q.Tail > 0 {
		values.Set("tail", strconv.Itoa(q.Tail))
	}
	values.Set("stdout", strconv.FormatBool(!q.NoStdout))
	values.Set("stderr", strconv.FormatBool(!q.NoStderr))
	values.Set("timestamps", strconv.FormatBool(q.Timestamps))
	return values
}

// frame is one message of a stream.
type frame struct {
	Type    string
	Data    []byte
	Event   json.RawMessage
	Message string
}

// Logs gives what a container writes as the engine does: without a terminal in its
// frames, chunk by chunk. It blocks until the end of the log or of the context.
func (c *Client) Logs(ctx context.Context, id string, q LogQuery, emit func(chunk []byte) error) error {
	return c.stream(ctx, get("/v1/containers/logs/sse", q.values(id)), func(f frame) error {
		if f.Type == "chunk" {
			return emit(f.Data)
		}
		return nil
	})
}

// EventQuery says which events. Default: all of containers, from now on.
type EventQuery struct {
	Since   float64 // seconds since 1970
	Filters map[string][]string
}

// Events gives what happens in the engine, as JSON, until the stream or the context
// ends; there is always an error that tells which.
func (c *Client) Events(ctx context.Context, q EventQuery, emit func(event json.RawMessage) error) error {
	values := url.Values{}
	if q.Since > 0 {
		values.Set("since", strconv.FormatFloat(q.Since, 'f', -1, 64))
	}
	if q.Filters != nil {
		text, err := json.Marshal(q.Filters)
		if err != nil {
			return fmt.Errorf("writing the filters of events: %w", err)
		}
		values.Set("filters", base64.StdEncoding.EncodeToString(text))
	}
	return c.stream(ctx, get("/v1/events/sse", values), func(f frame) error {
		if f.Type == "event" {
			return emit(f.Event)
		}
		return nil
	})
}

// errEnd ends a stream that said that it is complete.
var errEnd = errors.New("the stream ended")

// stream reads frames. There is no limit of time, and no second attempt: what was
// emitted once must not be again.
func (c *Client) stream(ctx context.Context, r request, each func(frame) error) error {
	response, err := c.send(ctx, r, nil)
	if err != nil {
		return unreached(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refused(response, CodeUnexpected)
	}
	var emitted error
	err = frames(response.Body, func(f frame) error {
		switch f.Type {
		case "end":
			return errEnd
		case "error":
			return &RequestError{Code: CodeStream, Retryable: true, Message: f.Message}
		}
		emitted = each(f)
		return emitted
	})
	var failed *RequestError
	switch {
	case errors.Is(err, errEnd):
		return nil
	case emitted != nil, errors.As(err, &failed):
		return err
	}
	return unreached(ctx, err)
}

// frames splits server-sent events. It ends with an error, io.EOF if need be.
func frames(body io.Reader, each func(frame) error) error {
	lines := bufio.NewReader(body)
	var data []byte
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if text, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			data = append(append(data, bytes.TrimPrefix(text, []byte(" "))...), '\n')
		}
		if len(line) > 0 || len(data) == 0 {
			continue
		}
		var f frame
		if err := json.Unmarshal(data, &f); err != nil {
			return fmt.Errorf("reading a frame: %w", err)
		}
		data = data[:0]
		if err := each(f); err != nil {
			return err
		}
	}
}
