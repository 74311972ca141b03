package dockerrunner

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Settings configure the service.
type Settings struct {
	// Host and Port are where it listens when it runs alone. Default: 127.0.0.1:7071.
	Host string
	Port uint16
	// Secret is what clients sign with. Required.
	Secret string
	// SignatureTTL is how long a nonce is remembered, at least two minutes. The
	// time that a body may take is added.
	SignatureTTL time.Duration
	// TTL is how long a container lives after its last use, unless its start says
	// otherwise. Default: a day. Zero or less: for ever.
	TTL time.Duration
	// StateDir holds what was used when. Required.
	StateDir string
	// Environ says where the engine is, as the Docker command reads it. Default:
	// the environment.
	Environ []string
	// NoStreams refuses streams of bytes to the engine and to containers.
	NoStreams bool
	// Level is the lowest level that is logged. Default: info.
	Level slog.Level
}

// VariableError says which environment variable cannot be used, and why.
type VariableError struct{ Name, Problem string }

func (e *VariableError) Error() string { return e.Name + " " + e.Problem }

// levels are the names of the contract; slog has no trace and no fatal.
var levels = map[string]slog.Level{
	"trace": slog.LevelDebug - 4, "debug": slog.LevelDebug, "info": slog.LevelInfo,
	"warn": slog.LevelWarn, "error": slog.LevelError, "fatal": slog.LevelError + 4,
}

// Read reads the settings from the environment. The error joins a *VariableError
// for each that is wrong.
func Read(getenv func(string) string, environ []string) (Settings, error) {
	r := reader{getenv: getenv}
	s := Settings{
		Host:   cmp.Or(getenv("DOCKER_RUNNER_HOST"), "127.0.0.1"),
		Port:   uint16(r.integer("DOCKER_RUNNER_PORT", 7071, 0, 65535)),
		Secret: strings.TrimSpace(getenv("DOCKER_RUNNER_SHARED_SECRET")), StateDir: r.state(),
		SignatureTTL: time.Duration(r.integer("DOCKER_RUNNER_SIGNATURE_TTL_MS", 60_000, 1, 86_400_000)) * time.Millisecond,
		TTL:          time.Duration(r.integer("DOCKER_RUNNER_TTL_SECONDS", 86_400, -1, 1<<31)) * time.Second,
		Environ:      environ, Level: r.level(), NoStreams: !r.boolean("DOCKER_RUNNER_STREAMS", true),
	}
	if s.Secret == "" {
		r.wrong("DOCKER_RUNNER_SHARED_SECRET", "must be set: it is what clients sign with")
	}
	if socket := cmp.Or(getenv("DOCKER_SOCKET"), getenv("DOCKER_RUNNER_SOCKET")); socket != "" {
		s.Environ = append(s.Environ[:len(s.Environ):len(s.Environ)], "DOCKER_HOST="+socketURL(socket))
	}
	r.direct(s.Environ)
	return s, errors.Join(r.errs...)
}

// direct refuses a way to the engine that leads through a docker-runner: that may
// be this very one, whose each request would be another of its own.
func (r *reader) direct(environ []string) {
	if !docker.LeadsThroughRunner(environ) {
		return
	}
	name := "DOCKER_HOST"
	for _, socket := range []string{"DOCKER_RUNNER_SOCKET", "DOCKER_SOCKET"} {
		if r.getenv(socket) != "" {
			name = socket
		}
	}
	r.wrong(name, "leads to a docker-runner, which may be this one: name the engine itself, such as unix:///var/run/docker.sock")
}

// Address is host:port.
func (s Settings) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port))) }

// Loopback says whether only this machine can reach it.
func (s Settings) Loopback() bool {
	ip := net.ParseIP(s.Host)
	return s.Host == "localhost" || ip != nil && ip.IsLoopback()
}

func socketURL(socket string) string {
	if strings.Contains(socket, "://") {
		return socket
	}
	return "unix://" + socket
}

type reader struct {
	getenv func(string) string
	errs   []error
}

func (r *reader) wrong(name, format string, args ...any) {
	r.errs = append(r.errs, &VariableError{Name: name, Problem: fmt.Sprintf(format, args...)})
}

func (r *reader) integer(name string, fallback, least, most int64) int64 {
	text := r.getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		r.wrong(name, "must be a number from %d to %d, not %q", least, most, text)
		return fallback
	}
	return n
}

// boolean reads what the monitor's variables take, too.
func (r *reader) boolean(name string, fallback bool) bool {
	switch strings.ToLower(r.getenv(name)) {
	case "":
		return fallback
	case "true", "1", "yes", "on":
		return true
	case "false", "0", "no", "off":
		return false
	}
	r.wrong(name, "must be true or false, not %q", r.getenv(name))
	return fallback
}

func (r *reader) level() slog.Level {
	name := cmp.Or(r.getenv("DOCKER_RUNNER_LOG_LEVEL"), "info")
	level, ok := levels[name]
	if !ok {
		r.wrong("DOCKER_RUNNER_LOG_LEVEL", "must be trace, debug, info, warn, error or fatal, not %q", name)
	}
	return level
}

// state is a folder of the user's own, as the XDG base directory specification
// has it.
func (r *reader) state() string {
	if dir := r.getenv("DOCKER_RUNNER_STATE_DIR"); dir != "" {
		return dir
	}
	if dir := r.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "devproxy", "docker-runner")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		r.wrong("DOCKER_RUNNER_STATE_DIR", "must be set: this user has no home folder")
	}
	return filepath.Join(home, ".local", "state", "devproxy", "docker-runner")
}

// Interface guards
var _ error = (*VariableError)(nil)
