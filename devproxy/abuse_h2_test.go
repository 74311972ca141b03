package main

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rude is an HTTP/2 client that writes what it likes.
type rude struct {
	net.Conn
	*http2.Framer
	headers bytes.Buffer
	encoder *hpack.Encoder
}

func (s *started) rude(t *testing.T) *rude {
	t.Helper()
	config := http1(s.trusting(t)).Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos, config.ServerName = []string{"h2"}, "localhost"
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), config)
	require.NoError(t, err)
	require.Equal(t, "h2", conn.ConnectionState().NegotiatedProtocol)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(startLimit)))
	_, err = conn.Write([]byte(http2.ClientPreface))
	require.NoError(t, err)
	r := &rude{Conn: conn, Framer: http2.NewFramer(conn, conn)}
	r.encoder = hpack.NewEncoder(&r.headers)
	require.NoError(t, r.WriteSettings())
	return r
}

// block encodes the fields of a GET, and more.
func (r *rude) block(more ...hpack.HeaderField) []byte {
	r.headers.Reset()
	for _, field := range append([]hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "localhost"}, {Name: ":path", Value: "/health"}}, more...) {
		_ = r.encoder.WriteField(field) // a buffer has no errors
	}
	return bytes.Clone(r.headers.Bytes())
}

// drain reads what comes, so that the server is never held up by this side; it
// says how the connection ended.
func (r *rude) drain() <-chan http2.ErrCode {
	ended := make(chan http2.ErrCode, 1)
	go func() {
		code := http2.ErrCodeNo
		for {
			frame, err := r.ReadFrame()
			if away, ok := frame.(*http2.GoAwayFrame); ok {
				code = away.ErrCode
			}
			if err != nil {
				ended <- code
				return
			}
		}
	}()
	return ended
}

// attacks write until the server hangs up, or they are done.
var h2Attacks = map[string]func(r *rude) error{
	"rapid reset": func(r *rude) error {
		for id := uint32(1); id < 100_000; id += 2 {
			if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.block(), EndStream: true, EndHeaders: true}); err != nil {
				return err
			}
			if err := r.WriteRSTStream(id, http2.ErrCodeCancel); err != nil {
				return err
			}
		}
		return nil
	},
	"a header bomb": func(r *rude) error { // one entry of the table, named 4 000 times a request
		field := hpack.HeaderField{Name: "x-bomb", Value: strings.Repeat("x", 3900)}
		var fields []hpack.HeaderField
		for range 4000 {
			fields = append(fields, field)
		}
		for id := uint32(1); id < 200; id += 2 {
			if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.block(fields...), EndStream: true, EndHeaders: true}); err != nil {
				return err
			}
		}
		return nil
	},
	"headers without end": func(r *rude) error {
		if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.block()}); err != nil {
			return err
		}
		for range 20_000 {
			if err := r.WriteContinuation(1, false, bytes.Repeat([]byte{0x00, 0x01, 'x', 0x01, 'y'}, 2000)); err != nil {
				return err
			}
		}
		return nil
	},
	"pings": func(r *rude) error {
		for range 200_000 {
			if err := r.WritePing(false, [8]byte{}); err != nil {
				return err
			}
		}
		return nil
	},
	"settings": func(r *rude) error {
		for range 100_000 {
			if err := r.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}); err != nil {
				return err
			}
		}
		return nil
	},
	"streams that never end": func(r *rude) error {
		for id := uint32(1); id < 20_000; id += 2 {
			if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.block(), EndHeaders: true}); err != nil {
				return err
			}
		}
		return nil
	},
	"empty data": func(r *rude) error {
		if err := r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.block(), EndHeaders: true}); err != nil {
			return err
		}
		for range 200_000 {
			if err := r.WriteData(1, false, nil); err != nil {
				return err
			}
		}
		return nil
	},
}

func TestAbuse_HTTP2_floods_cost_a_bounded_memory_and_others_are_served(t *testing.T) {
	s := startUp(t, "--https")
	own, err := process.NewProcess(int32(s.cmd.Process.Pid))
	require.NoError(t, err)
	client := s.trusting(t)
	before := resident(t, own)
	for name, attack := range h2Attacks {
		t.Run(name, func(t *testing.T) {
			r := s.rude(t)
			ended := r.drain()
			stopped := attack(r)
			res, err := client.Get(s.url + "/health")
			require.NoError(t, err, "others are served")
			res.Body.Close()
			assert.Equal(t, http.StatusOK, res.StatusCode)
			r.Conn.Close()
			t.Logf("stopped: %v, %v; %d MiB resident", stopped, <-ended, resident(t, own)>>20)
		})
	}
	assert.Less(t, resident(t, own)-before, int64(256<<20))
	t.Logf("%d floods; %d MiB before, %d after", len(h2Attacks), before>>20, resident(t, own)>>20)
}

func resident(t *testing.T, p *process.Process) int64 {
	t.Helper()
	info, err := p.MemoryInfo()
	require.NoError(t, err)
	return int64(info.RSS)
}
