package runnerclient

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAConnectionThatIsClosedBeforeItIsAskedIsAReset(t *testing.T) {
	err := unreached(t.Context(), &url.Error{Op: "Get", URL: "http://runner", Err: errors.New(closedIdle)})
	var failed *RequestError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, CodeConnectionReset, failed.Code)
	require.True(t, failed.Retryable)
}

// TestNetHTTPSaysClosedIdle finds out when net/http says it otherwise: a server
// that closes what it accepts is seen before, or after, it is asked.
func TestNetHTTPSaysClosedIdle(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	require.Eventually(t, func() bool {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
		require.NoError(t, err)
		res, err := transport.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		return err != nil && strings.HasSuffix(err.Error(), closedIdle)
	}, time.Minute, time.Microsecond)
}
