//go:build unix

package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLine_ends_with_the_one_who_asks(t *testing.T) {
	arrived, left := make(chan struct{}, 2), make(chan struct{}, 2)
	over, opened := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/begun" {
			fmt.Fprint(w, "some")
			_ = http.NewResponseController(w).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	})
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-arrived; leave() }()
	_, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/silent", "").WithContext(ctx))
	require.ErrorIs(t, err, context.Canceled)
	<-left

	ctx, leave = context.WithCancel(t.Context())
	res, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/begun", "").WithContext(ctx))
	require.NoError(t, err)
	leave()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, res.Body.Close())
	<-left
	assert.Equal(t, int64(2), opened.Load(), "neither was used again")
}

func TestLine_waits_for_a_header_only_so_long(t *testing.T) {
	over, _ := served(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // as the connection's end has it
	}, func(c *Config) { c.HeaderTimeout = time.Millisecond })
	_, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
}

func TestLine_waits_only_so_long_for_a_header_from_a_server_that_takes_no_more(t *testing.T) {
	over, _ := served(t, func(http.ResponseWriter, *http.Request) {}, func(c *Config) {
		c.HeaderTimeout = time.Millisecond
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return unheard{conn}, err
		}
	})
	r := request(t, http.MethodPost, over.cfg.Host, "/", "body")
	ctx, leave := context.WithCancel(t.Context())
	defer time.AfterFunc(patience, leave).Stop()
	_, err := over.RoundTrip(r.WithContext(ctx))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

// unheard is a connection whose other end takes nothing, and stays.
type unheard struct{ net.Conn }

func (unheard) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestLine_waits_for_a_body_as_long_as_it_takes(t *testing.T) {
	noted := new(deadlines)
	over, _ := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "body") }, func(c *Config) {
		c.HeaderTimeout = time.Hour
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				noted.TCPConn = conn.(*net.TCPConn)
			}
			return noted, err
		}
	})
	_, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	require.NoError(t, err)
	require.Len(t, noted.set, 2)
	assert.Less(t, time.Minute, time.Until(noted.set[0]))
	assert.Zero(t, noted.set[1])
	require.NoError(t, noted.Close())
}

// deadlines notes what deadlines a connection is given.
type deadlines struct {
	*net.TCPConn
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return d.TCPConn.SetReadDeadline(at)
}

func TestLine_passes_on_early_hints_and_trailers(t *testing.T) {
	over, opened := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "body")
		w.Header().Set("X-Sum", "4")
	})
	for range 2 {
		var hints []string
		trace := &httptrace.ClientTrace{Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(status, header.Get("Link")))
			return nil
		}}
		r := request(t, http.MethodGet, over.cfg.Host, "/", "")
		res, err := over.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
		require.NoError(t, err)
		read, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, "body", string(read))
		assert.Equal(t, "4", res.Trailer.Get("X-Sum"))
		assert.Equal(t, []string{"103</a.css>"}, hints)
	}
	assert.Equal(t, int64(1), opened.Load())
}

func TestLine_is_closed_after_an_answer_that_nobody_read_to_its_end(t *testing.T) {
	over, opened := served(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 300<<10))
	})
	for range 2 {
		res, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
		require.NoError(t, err)
		_, err = io.ReadFull(res.Body, make([]byte, 10))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.NoError(t, res.Body.Close(), "twice is no harm")
	}
	assert.Equal(t, int64(2), opened.Load())
}

func TestLine_is_kept_once_or_closed_when_close_comes_beside_the_last_read(t *testing.T) {
	over, _ := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "body") })
	for range 300 {
		res, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
		require.NoError(t, err)
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.ReadAll(res.Body) })
		both.Go(func() { assert.NoError(t, res.Body.Close()) })
		both.Wait()
		require.LessOrEqual(t, len(over.idle.lines), 1)
		for _, l := range over.idle.lines {
			require.True(t, l.quiet(), "it is open")
		}
	}
}

func TestLine_tells_a_whole_answer_from_one_that_broke_off(t *testing.T) {
	for answer, want := range map[string]error{
		"HTTP/1.0 200 OK\r\n\r\nall of it":                               nil,
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nall":               io.ErrUnexpectedEOF,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nall ": io.ErrUnexpectedEOF,
	} {
		over := scripted(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
			if hear(t, reader) {
				fmt.Fprint(conn, answer)
			}
		})
		res, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
		require.NoError(t, err)
		_, err = io.ReadAll(res.Body)
		assert.ErrorIs(t, err, want, answer)
		assert.Empty(t, over.idle.lines)
	}
}

func TestLine_reads_no_header_without_an_end(t *testing.T) {
	over := scripted(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
		if !hear(t, reader) {
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
		for n := 0; ; n++ {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", n, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	_, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	assert.ErrorIs(t, err, errLongHeader)
}

func TestIdle_connections_end(t *testing.T) {
	for name, end := range map[string]func(*Transport){
		"by and by":         func(*Transport) {},
		"when all of it is": (*Transport).CloseIdleConnections,
	} {
		ended := make(chan error, 1)
		over := scripted(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
			if hear(t, reader) {
				fmt.Fprint(conn, ok)
			}
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			_, err := reader.ReadByte()
			ended <- err
		})
		if name == "by and by" {
			over.idle.timeout = time.Millisecond
		}
		ask(t, over, http.MethodGet, "/", "")
		end(over)
		assert.ErrorIs(t, <-ended, io.EOF, name)
	}
}

func TestIdle_keeps_nothing_that_was_in_use_when_all_were_closed(t *testing.T) {
	over, opened := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 300<<10)) })
	for range 2 {
		res, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
		require.NoError(t, err)
		over.CloseIdleConnections()
		_, err = io.ReadAll(res.Body)
		require.NoError(t, err)
	}
	assert.Equal(t, int64(2), opened.Load())
}

func TestIdle_keeps_nothing_that_was_dialled_when_all_were_closed(t *testing.T) {
	var over *Transport
	over, opened := served(t, func(http.ResponseWriter, *http.Request) {}, func(c *Config) {
		dial := c.Dial
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			over.CloseIdleConnections()
			return dial(ctx, network, address)
		}
	})
	for range 2 {
		ask(t, over, http.MethodGet, "/", "")
	}
	assert.Equal(t, int64(2), opened.Load())
}

func TestIdle_gives_nothing_from_before_the_machine_slept(t *testing.T) {
	over, opened := served(t, func(http.ResponseWriter, *http.Request) {})
	ask(t, over, http.MethodGet, "/", "")
	require.Len(t, over.idle.lines, 1)
	over.idle.lines[0].since = time.Now().Add(-over.idle.timeout)
	ask(t, over, http.MethodGet, "/", "")
	assert.Equal(t, int64(2), opened.Load())
	assert.Len(t, over.idle.lines, 1)
}

func TestIdle_keeps_no_more_than_it_may(t *testing.T) {
	over, _ := served(t, func(http.ResponseWriter, *http.Request) {}, func(c *Config) { c.MaxIdle = 1 })
	first, err := over.line(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	require.NoError(t, err)
	second, err := over.line(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	require.NoError(t, err)
	assert.True(t, over.idle.keep(first))
	assert.False(t, over.idle.keep(second))
	require.NoError(t, second.conn.Close())
}

func TestLine_that_is_new_is_no_reason_to_ask_again(t *testing.T) {
	asked := make(chan bool, 9)
	over := scripted(t, func(_ int, _ net.Conn, reader *bufio.Reader) { asked <- hear(t, reader) })
	_, err := over.RoundTrip(request(t, http.MethodGet, over.cfg.Host, "/", ""))
	assert.Equal(t, io.ErrUnexpectedEOF, err)
	assert.Len(t, asked, 1, "else it would be asked for ever")
}
