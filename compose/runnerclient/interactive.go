package runnerclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/coder/websocket"

	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

// maxFrame bounds what the service may send at once: the exit frame is the largest.
const maxFrame = 8 << 20

// InteractiveSpec is a command to talk with.
type InteractiveSpec struct {
	Shell   string   // a line for /bin/sh; or
	Args    []string // a command and its arguments, as they are
	Workdir string
	Env     map[string]string
	TTY     bool
}

func (s InteractiveSpec) values(id string) (url.Values, error) {
	values := url.Values{"containerId": {id}, "command": {s.Shell}, "tty": {strconv.FormatBool(s.TTY)}}
	if s.Args != nil {
		text, err := json.Marshal(s.Args)
		if err != nil {
			return nil, err
		}
		values.Set("command", string(text))
	}
	if s.Workdir != "" {
		values.Set("workdir", s.Workdir)
	}
	if len(s.Env) > 0 {
		text, err := json.Marshal(s.Env)
		if err != nil {
			return nil, err
		}
		values.Set("env", string(text))
	}
	return values, nil
}

// Session is a command that runs. One goroutine may write while another waits.
type Session struct {
	ExecID string
	ctx    context.Context
	conn   *websocket.Conn
}

// sessionFrame is what either side sends.
type sessionFrame struct {
	Type     string `json:"type"`
	ExecID   string `json:"execId,omitempty"`
	Data     []byte `json:"data,omitempty"`
	ExitCode int    `json:"exitCode,omitempty"`
	Cols     int    `json:"cols,omitempty"`
	Rows     int    `json:"rows,omitempty"`
	Error    string `json:"error,omitempty"`
}

// Interactive starts a command. The session ends with the context, or Close.
func (c *Client) Interactive(ctx context.Context, id string, spec InteractiveSpec) (*Session, error) {
	values, err := spec.values(id)
	if err != nil {
		return nil, fmt.Errorf("writing the command: %w", err)
	}
	address, err := url.Parse(c.address("/v1/exec/interactive/ws", values))
	if err != nil {
		return nil, fmt.Errorf("writing the command: %w", err)
	}
	header := http.Header{}
	signature.Sign(header, c.secret, http.MethodGet, address.RequestURI(), nil)
	dialing, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	conn, response, err := websocket.Dial(dialing, address.String(), &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: header})
	if err != nil && response != nil {
		return nil, refused(response, CodeWSError)
	}
	if err != nil {
		return nil, unreached(ctx, err)
	}
	conn.SetReadLimit(maxFrame)
	s := &Session{ctx: ctx, conn: conn}
	first, err := s.read(dialing)
	if err != nil || first.Type != "ready" {
		_ = conn.CloseNow()
		return nil, failed(ctx, first, err)
	}
	s.ExecID = first.ExecID
	return s, nil
}

// failed is the error of a session: the service's own words where it said some.
func failed(ctx context.Context, f sessionFrame, err error) error {
	if err != nil {
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			return &RequestError{Code: CodeWSError, Message: fmt.Sprintf("it closed the session: %d %s", closed.Code, closed.Reason)}
		}
		return unreached(ctx, err)
	}
	return &RequestError{Code: CodeWSError, Message: f.Error}
}

func (s *Session) read(ctx context.Context) (f sessionFrame, err error) {
	_, text, err := s.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}

func (s *Session) send(f sessionFrame) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.conn.Write(s.ctx, websocket.MessageText, text)
}

// maxWrite is what goes into one frame; the service takes a mebibyte of base64.
const maxWrite = 256 << 10

// Write sends to the command's standard input.
func (s *Session) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), maxWrite)]
		if err := s.send(sessionFrame{Type: "stdin", Data: part}); err != nil {
			return n, fmt.Errorf("writing to the command: %w", err)
		}
		n, p = n+len(part), p[len(part):]
	}
	return n, nil
}

// CloseInput ends the command's standard input. One that goes on for more than ten
// seconds is left to itself.
func (s *Session) CloseInput() error { return s.send(sessionFrame{Type: "close"}) }

// Resize sets the size of the terminal, in characters.
func (s *Session) Resize(cols, rows int) error {
	return s.send(sessionFrame{Type: "resize", Cols: cols, Rows: rows})
}

// Wait passes on what the command writes until it ends, and returns its exit code,
// -1 when that is unknown.
func (s *Session) Wait(stdout, stderr io.Writer) (int, error) {
	defer func() { _ = s.conn.CloseNow() }() // it may be closed regularly
	for {
		f, err := s.read(s.ctx)
		if err != nil {
			return -1, failed(s.ctx, f, err)
		}
		switch f.Type {
		case "stdout":
			_, err = stdout.Write(f.Data)
		case "stderr":
			_, err = stderr.Write(f.Data)
		case "exit":
			_ = s.conn.Close(websocket.StatusNormalClosure, "") // it has said all
			return f.ExitCode, nil
		case "error":
			return -1, failed(s.ctx, f, nil)
		}
		if err != nil {
			return -1, err
		}
	}
}

// Close cuts the session off.
func (s *Session) Close() error { return s.conn.CloseNow() }

// Interface guards
var _ io.WriteCloser = (*Session)(nil)
