package caddymodule

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// speak sends text to a listener of Plaintext and gives what comes back until
// the connection's reader has its error.
func speak(t *testing.T, text io.Reader) (answer string, readErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.SetDeadline(time.Now().Add(10*time.Second)))
	server, err := Plaintext{}.WrapListener(l).Accept()
	require.NoError(t, err)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(client, text) // the other side stops reading when it has enough
	}()
	_, readErr = server.Read(make([]byte, 1))
	require.NoError(t, server.Close())
	<-sent
	read, _ := io.ReadAll(client) // what was not read resets the connection
	return string(read), readErr
}

func TestPlaintext_leads_to_https(t *testing.T) {
	answer, err := speak(t, strings.NewReader("GET /a?b HTTP/1.1\r\nHost: localhost:3000\r\n\r\n"))
	assert.ErrorIs(t, err, errPlaintext)
	assert.Contains(t, answer, http.StatusText(http.StatusTemporaryRedirect))
	assert.Contains(t, answer, "\r\nLocation: https://localhost:3000/a?b\r\n")
}

func TestPlaintext_reads_no_header_without_an_end(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\nX-A: "), endlessly('a'))
	_, err := speak(t, endless)
	assert.ErrorContains(t, err, "reading what is no TLS")
}

// endlessly is a reader of one letter.
type endlessly byte

func (e endlessly) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}
