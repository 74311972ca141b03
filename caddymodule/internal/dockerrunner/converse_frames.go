package dockerrunner

import (
	"context"
	"encoding/json"

	"github.com/coder/websocket"
)

// serverFrame is what we send.
type serverFrame struct {
	Type   string `json:"type"` // ready, stdout, stderr or error
	ExecID string `json:"execId,omitempty"`
	Data   []byte `json:"data,omitempty"` // base64
	Error  string `json:"error,omitempty"`
}

// exitFrame is the last that we send.
type exitFrame struct {
	Type     string `json:"type"` // exit
	ExecID   string `json:"execId"`
	ExitCode int    `json:"exitCode"` // -1: unknown
	Stdout   []byte `json:"stdout"`   // base64; the beginning
	Stderr   []byte `json:"stderr"`
}

// clientFrame is what clients send.
type clientFrame struct {
	Type string `json:"type"` // stdin, resize or close
	Data []byte `json:"data"` // base64
	Cols int    `json:"cols"`
	Rows int    `json:"rows"`
}

// send writes a frame. It has a limit of its own: the end of a context in the
// middle of a frame would cut the connection, and with it the last frame.
func send(conn *websocket.Conn, frame any) error {
	text, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), writePatience)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}

// listen reads what the client sends until it leaves.
func (t *conversation) listen(ctx context.Context) {
	for {
		_, text, err := t.conn.Read(context.WithoutCancel(ctx)) // as in send
		if err != nil {
			close(t.left)
			t.endInput(errLeft)
			return
		}
		if err := t.obey(ctx, text); err != nil {
			_ = send(t.conn, serverFrame{Type: "error", Error: err.Error()}) // the next read tells whether it left
		}
	}
}

// obey does what a frame says; the error is for the client, who may go on.
func (t *conversation) obey(ctx context.Context, text []byte) error {
	var f clientFrame
	if err := json.Unmarshal(text, &f); err != nil {
		return invalid("a frame is no JSON object of the API: %s", told(err))
	}
	switch f.Type {
	case "stdin":
		_, err := t.exec.Write(f.Data)
		return err
	case "resize":
		to := size{Cols: f.Cols, Rows: f.Rows}
		if err := to.check(); err != nil {
			return err
		}
		return t.exec.service.resizeExec(ctx, t.exec.id, to)
	case "close":
		t.endInput(errDetached)
		return nil
	}
	return invalid("a frame has the type %q; expected stdin, resize or close", f.Type)
}

// speaker sends what a command writes to one stream, and remembers the beginning.
type speaker struct {
	conn *websocket.Conn
	name string
	said captured
}

func (s *speaker) Write(p []byte) (int, error) {
	s.said.add(p)
	return len(p), send(s.conn, serverFrame{Type: s.name, Data: p})
}
