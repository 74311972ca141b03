// load.go contains the load: connections, each asking again as soon as it is
// answered.

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// question is what is asked again and again.
type question struct {
	method, path string
	body         []byte
	size         int // of the answer's body
}

// lap is what one turn of a contestant came to.
type lap struct {
	answers int
	took    time.Duration
	cpu     time.Duration
}

func (l lap) perSecond() float64 { return float64(l.answers) / l.took.Seconds() }

// perAnswer is the CPU time of the server in microseconds.
func (l lap) perAnswer() float64 { return float64(l.cpu.Microseconds()) / float64(l.answers) }

// load asks s over n connections for as long as a turn takes. Its own work is
// next to nothing, so that what is measured is the server: all answers of a
// connection are as long as its first.
func load(ctx context.Context, s *server, q question, connections int, turn time.Duration) (lap, error) {
	// Whoever keeps answers gets one to keep.
	if _, err := askAll(ctx, s, q, 1, time.Now()); err != nil {
		return lap{}, fmt.Errorf("%s: %s %s: %w", s.name, q.method, q.path, err)
	}
	before, err := s.usage()
	if err != nil {
		return lap{}, err
	}
	began := time.Now()
	answers, err := askAll(ctx, s, q, connections, began.Add(turn))
	took := time.Since(began)
	if err != nil {
		return lap{}, fmt.Errorf("%s: %s %s: %w", s.name, q.method, q.path, err)
	}
	after, err := s.usage()
	return lap{answers, took, after.cpu - before.cpu}, err
}

func askAll(ctx context.Context, s *server, q question, connections int, until time.Time) (int, error) {
	var group sync.WaitGroup
	counts, faults := make([]int, connections), make([]error, connections)
	for i := range connections {
		group.Go(func() { counts[i], faults[i] = askOn(ctx, s, q, until) })
	}
	group.Wait()
	sum := 0
	for _, count := range counts {
		sum += count
	}
	return sum, errors.Join(faults...)
}

// askOn asks over one connection, or over one after the other where the server
// ends them.
func askOn(ctx context.Context, s *server, q question, until time.Time) (answers int, err error) {
	host, prefix, _ := strings.Cut(strings.TrimPrefix(s.url, "http://"), "/")
	if prefix != "" {
		prefix = "/" + prefix
	}
	l := &line{host: host, until: until.Add(time.Minute)}
	defer l.hangUp()
	l.request = fmt.Appendf(nil, "%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", q.method, prefix, q.path, host, len(q.body), q.body)
	if err := l.first(ctx, q.size); err != nil {
		return 0, err
	}
	for time.Now().Before(until) {
		if err := l.ask(ctx); err != nil {
			return answers, err
		}
		answers++
	}
	return answers, nil
}

// line is a connection that the same is asked on again and again.
type line struct {
	host    string
	until   time.Time // when it gives up
	request []byte
	conn    net.Conn
	answer  []byte // room for one
	ends    bool   // the server ends it after an answer
}

func (l *line) dial(ctx context.Context) (err error) {
	if l.conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", l.host); err != nil {
		return err
	}
	return l.conn.SetDeadline(l.until)
}

func (l *line) hangUp() {
	if l.conn != nil {
		l.conn.Close()
	}
}

func (l *line) ask(ctx context.Context) error {
	if l.ends {
		l.hangUp()
		if err := l.dial(ctx); err != nil {
			return err
		}
	}
	if _, err := l.conn.Write(l.request); err != nil {
		return err
	}
	if _, err := io.ReadFull(l.conn, l.answer); err != nil {
		return err
	}
	if !bytes.HasPrefix(l.answer, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("an answer unlike the first: %.60q", l.answer)
	}
	return nil
}

// first asks once, and notes how long an answer is, header included.
func (l *line) first(ctx context.Context, size int) error {
	if err := l.dial(ctx); err != nil {
		return err
	}
	if _, err := l.conn.Write(l.request); err != nil {
		return err
	}
	reader := bufio.NewReader(l.conn)
	status, err := reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 200") {
		return errors.Join(fmt.Errorf("answered %q", status), err)
	}
	length := len(status)
	for text := status; text != "\r\n"; length += len(text) {
		if text, err = reader.ReadString('\n'); err != nil {
			return err
		}
		if value, is := cutHeader(text, "Content-Length"); is && value != strconv.Itoa(size) {
			return fmt.Errorf("answered with %s bytes, not %d", value, size)
		}
		value, is := cutHeader(text, "Connection")
		l.ends = l.ends || is && strings.EqualFold(value, "close")
	}
	if _, err := io.CopyN(io.Discard, reader, int64(size)); err != nil {
		return err
	}
	if reader.Buffered() > 0 {
		return errors.New("an answer without its length")
	}
	l.answer = make([]byte, length+size)
	return nil
}

func cutHeader(line, name string) (value string, found bool) {
	key, value, _ := strings.Cut(line, ":")
	return strings.TrimSpace(value), strings.EqualFold(key, name)
}
