// load.go contains the load: connections that stay, each asking again as soon
// as it is answered.

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

func askOn(ctx context.Context, s *server, q question, until time.Time) (answers int, err error) {
	host, prefix, _ := strings.Cut(strings.TrimPrefix(s.url, "http://"), "/")
	if prefix != "" {
		prefix = "/" + prefix
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(until.Add(time.Minute)); err != nil {
		return 0, err
	}
	request := fmt.Appendf(nil, "%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", q.method, prefix, q.path, host, len(q.body), q.body)
	length, err := firstLength(conn, request, q.size)
	if err != nil {
		return 0, err
	}
	buffer := make([]byte, length)
	for time.Now().Before(until) {
		if _, err = conn.Write(request); err == nil {
			_, err = io.ReadFull(conn, buffer)
		}
		if err != nil {
			return answers, err
		}
		if !bytes.HasPrefix(buffer, []byte("HTTP/1.1 200")) {
			return answers, fmt.Errorf("an answer unlike the first: %.60q", buffer)
		}
		answers++
	}
	return answers, nil
}

// firstLength is how long an answer is, header included.
func firstLength(conn net.Conn, request []byte, size int) (length int, err error) {
	if _, err := conn.Write(request); err != nil {
		return 0, err
	}
	reader := bufio.NewReader(conn)
	first, err := reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "HTTP/1.1 200") {
		return 0, errors.Join(fmt.Errorf("answered %q", first), err)
	}
	length = len(first)
	for line := first; line != "\r\n"; length += len(line) {
		if line, err = reader.ReadString('\n'); err != nil {
			return 0, err
		}
		if value, is := cutHeader(line, "Content-Length"); is && value != strconv.Itoa(size) {
			return 0, fmt.Errorf("answered with %s bytes, not %d", value, size)
		}
	}
	if _, err := io.CopyN(io.Discard, reader, int64(size)); err != nil {
		return 0, err
	}
	if reader.Buffered() > 0 {
		return 0, errors.New("an answer without its length")
	}
	return length + size, nil
}

func cutHeader(line, name string) (value string, found bool) {
	key, value, _ := strings.Cut(line, ":")
	return strings.TrimSpace(value), strings.EqualFold(key, name)
}
