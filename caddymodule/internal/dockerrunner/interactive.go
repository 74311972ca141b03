// interactive.go contains the way of a WebSocket: its request, its command, its
// end.

package dockerrunner

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/coder/websocket"
)

// The closes of an interactive command, beside 1000 for a regular end.
const (
	closeBadQuery   websocket.StatusCode = 4000
	reasonBadQuery                       = "invalid_query"
	closeExecFailed                      = websocket.StatusInternalError
)

// interactivePath is where commands are talked with.
const interactivePath = "/v1/exec/interactive/ws"

// frameLimit is the most that a client may send at once, in bytes.
const frameLimit = 1 << 20

// interactiveQuery is what to execute.
type interactiveQuery struct {
	container string
	spec      execSpec
	demux     bool
}

func (s *Service) interactive(c *call) error {
	if !asksFor(c.request.Header, "websocket") {
		c.writer.Header().Set("Connection", "Upgrade")
		c.writer.Header().Set("Upgrade", "websocket")
		return &failure{Status: http.StatusUpgradeRequired, Code: codeUpgradeRequired, Message: "this path speaks WebSocket only"}
	}
	// The signature says who asks; browsers, whose origin would, cannot sign.
	conn, err := websocket.Accept(c.writer, c.request, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil // it has answered
	}
	defer func() { _ = conn.CloseNow() }() // it may be closed regularly
	conn.SetReadLimit(frameLimit)
	query, err := parseInteractive(c)
	if err != nil {
		_ = conn.Close(closeBadQuery, reasonBadQuery)
		return nil
	}
	ctx, cancel := context.WithCancelCause(s.ctx) // a hijacked request's own never ends
	defer cancel(nil)
	s.converse(ctx, cancel, conn, query, func(err error) {
		f := s.endpoints[interactivePath].fallback.failure(err)
		c.note(f)
		_ = send(conn, serverFrame{Type: "error", Error: f.Message}) // the client may have left
		_ = conn.Close(closeExecFailed, codeExecFailed)
	})
	return nil
}

// parseInteractive reads the query. An environment that cannot be read is left
// out, by contract.
func parseInteractive(c *call) (interactiveQuery, error) {
	from := c.request.URL.Query()
	q := interactiveQuery{container: from.Get("containerId")}
	if err := c.about(q.container); err != nil {
		return q, err
	}
	line := from.Get("command")
	if line == "" {
		return q, invalid("command: must not be empty")
	}
	var arguments []string
	if json.Unmarshal([]byte(line), &arguments) != nil || arguments == nil {
		arguments = shell(line)
	}
	q.spec = execSpec{Cmd: arguments, WorkingDir: from.Get("workdir"), AttachStdin: true}
	var env environ
	if json.Unmarshal([]byte(from.Get("env")), &env) == nil {
		q.spec.Env = env
	}
	return q, q.booleans(from)
}

func (q *interactiveQuery) booleans(from url.Values) (err error) {
	if q.spec.TTY, err = boolean(from, "tty", false); err != nil {
		return err
	}
	q.demux, err = boolean(from, "demux", true)
	return err
}
