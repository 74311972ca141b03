package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// On Linux what came before a connection was reset can still be read.
func TestTransport_gives_the_answer_of_a_server_that_wants_no_more(t *testing.T) {
	refused := make(chan struct{})
	over := scripted(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
		_, _ = reader.ReadString('\n')
		fmt.Fprint(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		conn.Close() // with the rest unread, which resets the connection
		close(refused)
	})
	r := request(t, http.MethodPost, over.cfg.Host, "/", "")
	half := bytes.Repeat([]byte("x"), largest/2)
	r.ContentLength = largest
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), after{refused}, bytes.NewReader(half)))
	res, err := over.RoundTrip(r)
	require.NoError(t, err)
	assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	assert.Empty(t, over.idle.lines)
}

// after has nothing to read, once event has happened.
type after struct{ event chan struct{} }

func (a after) Read([]byte) (int, error) {
	<-a.event
	return 0, io.EOF
}
