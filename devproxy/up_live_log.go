package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap/zapcore"

	"github.com/same-origin/devproxy/caddymodule"
	"github.com/same-origin/devproxy/caddymodule/colour"
	"github.com/same-origin/devproxy/devproxy/internal/screen"
)

func init() { caddy.RegisterModule(terminalLog{}) }

// shared is the terminal while it is shared, else nil.
var shared atomic.Pointer[screen.Screen]

// terminalLog is where Caddy's logs go while the terminal is shared.
type terminalLog struct{}

// CaddyModule returns the Caddy module information.
func (terminalLog) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "caddy.logging.writers.devproxy_terminal", New: func() caddy.Module { return new(terminalLog) }}
}

func (terminalLog) String() string { return "devproxy_terminal" }

// WriterKey is the same for all: there is one terminal.
func (terminalLog) WriterKey() string { return "devproxy_terminal" }

// OpenWriter prints lines above the area; to stderr where there is none.
func (terminalLog) OpenWriter() (io.WriteCloser, error) {
	if s := shared.Load(); s != nil {
		return open{s.Source("")}, nil
	}
	return open{os.Stderr}, nil
}

// open is never closed: others go on writing.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// logLevels are the words of --log-level.
var logLevels = []string{"debug", "info", "warn", "error"}

// logTo sets the runner's log to level, "" for that of the config, and sends
// what logs to stderr or stdout to the shared terminal. There the log brings
// every level, and the terminal leaves out: that way l can change it without
// another config. from is the level that is shown then, and "" for a log that
// has a form or a place of its own, which keeps its level.
func logTo(config []byte, level string, terminal bool) (out []byte, from string, err error) {
	if level == "" && !terminal {
		return config, "", nil
	}
	var root map[string]any
	if err := json.Unmarshal(config, &root); err != nil {
		return nil, "", fmt.Errorf("setting up the log: %w", err)
	}
	logs := child(child(root, "logging"), "logs")
	runner := runnerLog(logs)
	written, _ := runner["level"].(string)
	said := strings.ToLower(cmp.Or(level, written, "info"))
	runner["level"] = strings.ToUpper(said)
	if terminal {
		if encoder, _ := runner["encoder"].(map[string]any); toTerminal(runner) && encoder["format"] == lines["format"] {
			runner["level"], from = "DEBUG", said
			showFrom(said)
		}
		setDefault(logs, "default", map[string]any{})
		for _, log := range logs {
			share(log)
		}
		share(child(child(root, "logging"), "sink")) // what libraries log by themselves
	}
	if out, err = json.Marshal(root); err != nil {
		return nil, "", fmt.Errorf("setting up the log: %w", err)
	}
	return out, from, nil
}

// runnerLog is the runner's log. Where the config has none, its records are
// taken out of the default log, and written where and as they were.
func runnerLog(logs map[string]any) map[string]any {
	if log, ok := logs["runner"].(map[string]any); ok {
		return log
	}
	rest := child(logs, "default")
	log := maps.Clone(rest)
	delete(log, "exclude")
	log["include"] = ownLogs
	setDefault(log, "encoder", lines)
	logs["runner"] = log
	if _, chosen := rest["include"]; !chosen {
		excluded, _ := rest["exclude"].([]any)
		for _, name := range ownLogs {
			excluded = append(excluded, name)
		}
		rest["exclude"] = excluded
	}
	return log
}

// toTerminal says whether a log is written to stderr or stdout.
func toTerminal(log map[string]any) bool {
	writer, named := log["writer"].(map[string]any)
	return !named || writer["output"] == "stderr" || writer["output"] == "stdout"
}

// share sends a log that would go to the terminal through what shares it.
func share(log any) {
	object, ok := log.(map[string]any)
	if !ok || !toTerminal(object) {
		return
	}
	object["writer"] = map[string]any{"output": "devproxy_terminal"}
	levels := "upper"
	if colour.On(os.Getenv, int(os.Stderr.Fd())) {
		levels = "color"
	}
	// what Caddy takes on a terminal by itself
	setDefault(object, "encoder", map[string]any{"format": "console", "time_format": "wall_milli", "level_format": levels})
}

// shareFirst has what Caddy logs before there is a config go to the terminal
// that is shared. Caddy says of such a change that it happened, to a stderr
// that it remembers from its start: that one is deaf for the moment, as the
// line would end up in the area.
func shareFirst() error {
	deaf, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("setting up the log: %w", err)
	}
	defer deaf.Close()
	stderr := *os.Stderr
	*os.Stderr = *deaf
	defer func() { *os.Stderr = stderr }()
	return caddy.Validate(&caddy.Config{
		Admin: &caddy.AdminConfig{Disabled: true},
		Logging: &caddy.Logging{Logs: map[string]*caddy.CustomLog{"default": {
			BaseLog: caddy.BaseLog{WriterRaw: json.RawMessage(`{"output":"devproxy_terminal"}`), Level: "ERROR"},
		}}},
	})
}

// showFrom has the terminal show the records from level on.
func showFrom(level string) {
	var parsed zapcore.Level
	if parsed.Set(level) == nil {
		caddymodule.ShowLinesFrom(parsed)
	}
}

var _ caddy.WriterOpener = terminalLog{}
