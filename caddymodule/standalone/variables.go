package standalone

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// VariableError says which variable is wrong, and what it must be.
type VariableError struct {
	Name string
	Err  error
}

func (e *VariableError) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *VariableError) Unwrap() error { return e.Err }

// variables reads values and collects what is wrong with them, so that one
// start shows every mistake.
type variables struct {
	getenv   func(string) string
	problems []error
}

func (v *variables) wrong(name, format string, args ...any) {
	v.problems = append(v.problems, &VariableError{name, fmt.Errorf(format, args...)})
}

func (v *variables) text(name string) string { return strings.TrimSpace(v.getenv(name)) }

func (v *variables) port(name string, standard uint16) uint16 {
	text := v.text(name)
	if text == "" {
		return standard
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		v.wrong(name, "%q is no port; write a number from 1 to 65535, or 0 for a free one", text)
	}
	return uint16(port)
}

func (v *variables) bytes(name string) int64 {
	text := v.text(name)
	if text == "" {
		return 0
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size <= 0 {
		v.wrong(name, "%q is no number of bytes; write for example 1048576, or nothing for no bound", text)
	}
	return size
}

// header is a value that becomes a header's. Secrets are among them, so what
// is wrong is not shown.
func (v *variables) header(name string) string {
	value := v.text(name)
	if strings.ContainsFunc(value, unicode.IsControl) {
		v.wrong(name, "the value holds line breaks or other control characters; write it on one line")
	}
	return value
}

// url is an absolute URL. It may hold a password, so it is not shown either.
func (v *variables) url(name string) string {
	value := v.text(name)
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		v.problems = append(v.problems, &VariableError{name, errNoURL})
	}
	return value
}

var errNoURL = errors.New("the value is no URL; write for example http://host.docker.internal:9000/bundles")

// folder must be absolute: in a container nobody knows what a path would be
// relative to.
func (v *variables) folder(name string) string {
	dir := v.text(name)
	if dir != "" && !filepath.IsAbs(dir) {
		v.wrong(name, "%q is no absolute path", dir)
	}
	return dir
}

func (v *variables) list(name string) []string {
	var items []string
	for item := range strings.SplitSeq(v.getenv(name), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
