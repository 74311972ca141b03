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
	command *exec.Cmd
	errors  *strings.Builder
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
	s := &server{name: name, url: url, command: command, errors: &strings.Builder{}}
	command.Dir, command.Stderr = dir, s.errors
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	if err := s.await(ctx); err != nil {
		s.stop()
		return nil, err
	}
	s.started = time.Since(began)
	return s, nil
}

// startLimit bounds a start: a Node server on a busy machine takes seconds.
const startLimit = 60 * time.Second

func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		status, err := get(ctx, client, s.url+healthPath)
		if status == http.StatusOK {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for %s at %s%s: last answer %d, %w; it said: %s", s.name, s.url, healthPath, status, errors.Join(err, ctx.Err()), s.errors)
		}
		time.Sleep(time.Millisecond)
	}
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

func (s *server) stop() {
	_ = s.command.Process.Signal(os.Interrupt)
	ended := time.AfterFunc(10*time.Second, func() { _ = s.command.Process.Kill() })
	defer ended.Stop()
	_ = s.command.Wait() // interrupted is how it ends
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

// launchOrigin starts this program as the origin.
func launchOrigin() (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{name: "origin", command: pin(1, self, serveArgument), errors: &strings.Builder{}}
	s.command.Stderr = s.errors
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("starting the origin: %w: %s", err, s.errors)
	}
	s.url = "http://" + strings.TrimSpace(address)
	return s, nil
}
