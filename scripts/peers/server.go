// server.go contains a contestant as a process: its start, what it uses, its end.

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// server is a process that answers at url.
type server struct {
	name    string
	url     string
	started time.Duration // from its start to its first answer
	program string        // file whose size counts, "" for none
	command *exec.Cmd
	said    *strings.Builder // complete once it has exited
	exited  chan struct{}
	end     error // how it exited
}

// pin runs a command on one core where taskset and a second core are there:
// the load and the origin get the others.
func pin(core int, name string, args ...string) *exec.Cmd {
	if taskset, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		return exec.Command(taskset, append([]string{"-c", fmt.Sprint(core), name}, args...)...)
	}
	return exec.Command(name, args...)
}

// healthPath is answered by the origin, through whoever stands before it.
const healthPath = "/healthz"

// launch starts a server and waits until it answers.
func launch(ctx context.Context, name, url, dir string, command *exec.Cmd) (*server, error) {
	began := time.Now()
	s, err := begin(name, url, dir, command)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, s.answers); err != nil {
		return nil, err
	}
	s.started = time.Since(began)
	return s, nil
}

// begin starts a process. What it says is kept, unless it has a place already.
func begin(name, url, dir string, command *exec.Cmd) (*server, error) {
	s := &server{name: name, url: url, command: command, said: &strings.Builder{}, exited: make(chan struct{})}
	command.Dir, command.Stderr = dir, s.said
	command.WaitDelay = 5 * time.Second // for children that it leaves, which hold its output
	ownGroup(command)
	if command.Stdout == nil {
		command.Stdout = s.said // the same writer is written to in turns
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go s.wait()
	return s, nil
}

func (s *server) wait() {
	s.end = s.command.Wait()
	killGroup(s.command) // its children, where it left any
	close(s.exited)
}

// of notes the program whose size counts.
func (s *server) of(program string) *server {
	if s != nil {
		s.program = program
	}
	return s
}

// startLimit bounds a start: a Node server on a busy machine takes seconds.
const startLimit = 60 * time.Second

// await waits until ready has no objection, or the process is gone, which ends
// in its own words.
func (s *server) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%s ended before it was ready: %w; it said: %s", s.name, errors.Join(err, s.end), s.said)
		case <-ctx.Done():
			s.stop()
			return fmt.Errorf("waiting for %s: %w; it said: %s", s.name, errors.Join(err, ctx.Err()), s.said)
		case <-time.After(time.Millisecond):
		}
	}
}

// answers asks once, over a connection of its own.
func (s *server) answers(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	status, err := get(ctx, client, s.url+healthPath)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s%s answers %d", s.url, healthPath, status)
	}
	return err
}

func get(ctx context.Context, client *http.Client, url string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

func (s *server) stop() { s.stopWithin(10 * time.Second) }

// stopWithin kills what has not ended by then.
func (s *server) stopWithin(patience time.Duration) {
	_ = s.command.Process.Signal(os.Interrupt)
	ended := time.AfterFunc(patience, func() { killGroup(s.command) })
	defer ended.Stop()
	<-s.exited // interrupted is how it ends
}

// usage is what a server and its children have used so far.
type usage struct {
	cpu time.Duration
	rss uint64
}

func (s *server) usage() (usage, error) {
	main, err := process.NewProcess(int32(s.command.Process.Pid)) //nolint:gosec // a process id fits
	if err != nil {
		return usage{}, err
	}
	family, err := main.Children()
	if err != nil && !errors.Is(err, process.ErrorNoChildren) {
		return usage{}, err
	}
	var sum usage
	for _, p := range append(family, main) {
		times, err := p.Times()
		if err != nil {
			return usage{}, err
		}
		memory, err := p.MemoryInfo()
		if err != nil {
			return usage{}, err
		}
		sum.cpu += time.Duration((times.User + times.System) * float64(time.Second))
		sum.rss += memory.RSS
	}
	return sum, nil
}

// freeAddress is one that nobody listens on.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// launchOrigin starts this program as the origin, which says where it listens.
func launchOrigin() (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address, into, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer address.Close()
	command := pin(1, self, serveArgument)
	command.Stdout = into
	s, err := begin("origin", "", "", command)
	into.Close() // the process has its own
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(address).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("starting the origin: %w: %s", err, s.said)
	}
	s.url = "http://" + strings.TrimSpace(line)
	return s, nil
}
