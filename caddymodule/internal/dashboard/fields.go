package dashboard

import (
	"strconv"
	"strings"
	"time"
)

// Fields gathers what a log record has besides its message. Some fields have a
// place of their own in a [Line], and tell where it comes from.
type Fields struct {
	own  map[string]string
	rest []string
}

func newFields() *Fields { return &Fields{own: map[string]string{}} }

// NewFields is for records that are not slog's.
func NewFields() *Fields { return newFields() }

// Add adds one field.
func (f *Fields) Add(name, value string) {
	switch name {
	case "extension", "frame", "fix", "target", "level", "source":
		f.own[name] = value
		return
	case "request_id":
		f.own[name] = value
	}
	if strings.ContainsAny(value, " \t\n\"") {
		value = strconv.Quote(value)
	}
	f.rest = append(f.rest, name+"="+value)
}

// Line is the record.
func (f *Fields) Line(at time.Time, level, message string) Line {
	line := Line{
		Time: at, Level: level, Source: f.source(), Extension: f.own["extension"], Request: f.own["request_id"],
		Message: strings.TrimRight(message, "\n"), Fields: strings.Join(f.rest, " "), Detail: f.own["frame"],
	}
	if fix := f.own["fix"]; fix != "" {
		line.Detail = strings.TrimLeft(line.Detail+"\nfix: "+fix, "\n")
	}
	return line
}

// Guest says that it is a handler that speaks.
func (f *Fields) Guest() bool { return f.own["source"] == "guest" }

// source goes by the fields that only the records of one place have.
func (f *Fields) source() string {
	has := func(name string) bool { return f.own[name] != "" }
	switch {
	case f.Guest():
		return "handler"
	case has("level"):
		return "browser"
	case has("target"):
		return "build"
	case has("request_id"):
		return "handler"
	case has("extension"):
		return "build"
	}
	return "engine"
}
