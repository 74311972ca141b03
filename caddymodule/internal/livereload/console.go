package livereload

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

const (
	consoleBytes = 64 << 10 // of one request
	consoleLines = 50       // of one request
	messageBytes = 4 << 10
	sourceBytes  = 512
)

// consoleLine is what the page sends, as navigator.sendBeacon can: text/plain
// needs no preflight, which a page that unloads could not wait for.
type consoleLine struct {
	Build   string `json:"build"`
	Level   string `json:"level"`
	Message string `json:"message"`
	Source  string `json:"source"`
}

// takeConsole publishes lines of a page's console.
func (l *Live) takeConsole(w http.ResponseWriter, r *http.Request) {
	if l.cfg.NoConsole {
		refuse(w, http.StatusNotFound, "console_off", "console lines stay in the browser, as configured")
		return
	}
	extension := r.URL.Query().Get("ext")
	var lines []consoleLine
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, consoleBytes)).Decode(&lines); err != nil || len(lines) > consoleLines {
		refuse(w, http.StatusBadRequest, "invalid_console", "want a JSON array of at most 50 lines and 64 KiB")
		return
	}
	if !l.console.allow(extension, len(lines)) {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "rate_limited", "the page writes more console lines than a terminal can show")
		return
	}
	if _, loaded := l.cfg.Folder(extension); loaded {
		for _, line := range lines {
			l.cfg.Bus.Publish(line.event(extension))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c consoleLine) event(extension string) event.Console {
	level := "error"
	if c.Level == "warning" {
		level = c.Level
	}
	return event.Console{
		Extension: extension,
		Build:     printable(c.Build, sourceBytes),
		Level:     level,
		Message:   printable(c.Message, messageBytes),
		Source:    printable(c.Source, sourceBytes),
	}
}

// printable cuts text to limit bytes and drops what would steer the terminal
// that it is shown on.
func printable(text string, limit int) string {
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + " …"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, uncolored(text))
}
