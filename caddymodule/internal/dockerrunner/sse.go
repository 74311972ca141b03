package dockerrunner

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// heartbeat keeps what lies between from taking a quiet stream for dead.
	heartbeat = 15 * time.Second
	// writePatience bounds how long a client may take to read one frame.
	writePatience = time.Minute
	// chunkSize is the most of a stream that goes into one frame.
	chunkSize = 32 << 10
)

// frame is one message of a stream of server-sent events.
type frame struct {
	Type    string          `json:"type"`
	Data    []byte          `json:"data,omitempty"` // base64
	Event   json.RawMessage `json:"event,omitempty"`
	Message string          `json:"message,omitempty"`
}

// sse writes a stream of server-sent events.
type sse struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// stream begins a response of server-sent events.
func (c *call) stream() (*sse, error) {
	header := c.writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Content-Type-Options", "nosniff")
	c.writer.WriteHeader(http.StatusOK)
	e := &sse{w: c.writer, control: http.NewResponseController(c.writer)}
	return e, e.control.Flush()
}

func (e *sse) send(f frame) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return e.write("data:" + string(text) + "\n\n")
}

func (e *sse) write(text string) error {
	// Not every writer has deadlines; those of both servers do.
	_ = e.control.SetWriteDeadline(time.Now().Add(writePatience))
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.control.Flush()
}

// errUnread says that the client no longer reads.
var errUnread = errors.New("the client does not read")

// follow passes on what a body says until it ends or the context does, with
// heartbeats between. The body must end with the context.
func (e *sse) follow(ctx context.Context, body io.Reader, each func([]byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	chunks, ended := make(chan []byte), make(chan error, 1)
	go func() { ended <- read(ctx, body, chunks) }()
	defer cancel()
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		var err error
		select {
		case chunk := <-chunks:
			err = each(chunk)
		case <-ticker.C:
			err = e.write(": still here\n\n")
		case err := <-ended:
			return err
		}
		if err != nil {
			return errors.Join(errUnread, err)
		}
	}
}

// read passes on a body chunk by chunk; nil is its end.
func read(ctx context.Context, body io.Reader, chunks chan<- []byte) error {
	buffer := make([]byte, chunkSize)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			select {
			case chunks <- append([]byte(nil), buffer[:n]...):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
