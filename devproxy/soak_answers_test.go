//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// unrest is a time in which something is disturbed. Times may overlap.
type unrest struct{ active, begun atomic.Int64 }

func (u *unrest) begin() { u.active.Add(1); u.begun.Add(1) }
func (u *unrest) end()   { u.active.Store(0) }

// since returns what says whether there was unrest between now and then.
func (u *unrest) since() func() bool {
	active, begun := u.active.Load() > 0, u.begun.Load()
	return func() bool { return active || u.begun.Load() != begun }
}

// soakAnswers judges every answer.
type soakAnswers struct {
	t      *testing.T
	codes  map[string]bool    // those of docs/errors.md
	unrest map[string]*unrest // of devproxy, the runner, the app

	mu       sync.Mutex
	counts   map[string]int
	faults   []string
	versions map[string]int // newest that was seen
	longest  map[string]time.Duration
}

func newSoakAnswers(t *testing.T) *soakAnswers {
	t.Helper()
	return &soakAnswers{
		t: t, codes: documentedCodes(), counts: map[string]int{}, versions: map[string]int{}, longest: map[string]time.Duration{},
		unrest: map[string]*unrest{"devproxy": {}, "runner": {}, "app": {}},
	}
}

// isVersion checks that an answer is not older than one that was seen before it
// was asked for. Where handlers run makes a difference: a container runs those
// that are componentized.
func (a *soakAnswers) isVersion(prefix string) func(http.Header, string) string {
	a.mu.Lock()
	before := maps.Clone(a.versions)
	a.mu.Unlock()
	pattern := regexp.MustCompile(prefix + `(\d+)`)
	return func(header http.Header, text string) string {
		match := pattern.FindStringSubmatch(text)
		if match == nil {
			return "no version in " + text
		}
		version, _ := strconv.Atoi(match[1])
		name := prefix + header.Get("X-Runner-Backend")
		a.mu.Lock()
		defer a.mu.Unlock()
		a.versions[name] = max(a.versions[name], version)
		if version < before[name] {
			return fmt.Sprintf("version %d of %s after %d was seen", version, name, before[name])
		}
		return ""
	}
}

// judgement is about one request.
type judgement struct {
	*soakAnswers
	kind, about string
	began       time.Time
	away        func() bool // devproxy was, in between
	disturbed   func() bool
}

// judge begins before the request is sent.
func (a *soakAnswers) judge(kind, about string) *judgement {
	return &judgement{a, kind, about, time.Now(), a.unrest["devproxy"].since(), a.unrest[about].since()}
}

// unanswered may be what a devproxy that is killed had not answered yet.
func (j *judgement) unanswered(err error) {
	j.bound()
	if j.away() {
		j.count("unanswered, devproxy is away")
		return
	}
	j.wrong("no answer: %v", err)
}

// answered checks status, code and content; cut is why the body ended early.
func (j *judgement) answered(res *http.Response, text string, cut error, content func(http.Header, string) string) {
	j.bound()
	switch {
	case cut != nil && (j.disturbed() || j.away()):
		j.count("cut off, " + j.about + " is disturbed")
	case cut != nil:
		j.wrong("the body was cut off: %v", cut)
	case res.StatusCode == http.StatusOK:
		if fault := content(res.Header, text); fault != "" {
			j.wrong("%s", fault)
		}
		j.count("200")
	default:
		j.failed(res, text)
	}
}

// failed is an error that has to be documented. Only what is disturbed may
// have one.
func (j *judgement) failed(res *http.Response, text string) {
	var said struct {
		Code  string
		Error struct{ Code string }
	}
	_ = json.Unmarshal([]byte(text), &said)
	code := said.Error.Code + said.Code
	j.count(fmt.Sprintf("%d %s", res.StatusCode, code))
	switch {
	case res.StatusCode == http.StatusNotFound:
		j.wrong("%s, and all that is asked for is there", code)
	case !j.codes[code]:
		j.wrong("%d with the code %q, which is not documented: %.300s", res.StatusCode, code, text)
	case !j.disturbed() && !j.away():
		j.wrong("%d %s, and nothing is disturbed", res.StatusCode, code)
	}
}

// ended is a stream or socket that did; ctx is done if that is meant.
func (j *judgement) ended(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		j.count("held")
	case j.disturbed() || j.away():
		j.count("ended, " + j.about + " is disturbed")
	default:
		j.wrong("it ended: %v", err)
	}
}

// refused is a handshake that was no success.
func (j *judgement) refused(ctx context.Context, res *http.Response, err error) {
	switch {
	case ctx.Err() != nil:
	case res == nil || res.Body == nil:
		j.unanswered(err)
	default:
		text, _ := io.ReadAll(res.Body)
		j.bound()
		j.failed(res, string(text))
	}
}

func (j *judgement) bound() {
	took := time.Since(j.began)
	j.mu.Lock()
	j.longest[j.kind] = max(j.longest[j.kind], took)
	j.mu.Unlock()
	if took > answerBound {
		j.wrong("it took %v", took)
	}
}

func (j *judgement) count(what string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts[j.kind+": "+what]++
}

func (j *judgement) wrong(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.faults = append(j.faults, fmt.Sprintf("%s %s, asked %s: ", time.Now().Format(time.TimeOnly), j.kind, j.began.Format(time.StampMilli))+fmt.Sprintf(format, args...))
}

// check ends the test once anything was wrong.
func (a *soakAnswers) check() {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	faults := a.faults[:min(len(a.faults), 20)]
	require.Empty(a.t, faults, "%d answers were wrong", len(a.faults))
}

// report lists what was done and answered.
func (a *soakAnswers) report(dealt map[string]int) {
	a.t.Helper()
	a.check()
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(dealt)) {
		fmt.Fprintf(&lines, "%8d × %s\n", dealt[name], name)
	}
	for _, name := range slices.Sorted(maps.Keys(a.counts)) {
		fmt.Fprintf(&lines, "%8d   %s\n", a.counts[name], name)
	}
	for _, name := range slices.Sorted(maps.Keys(a.longest)) {
		fmt.Fprintf(&lines, "%8v   the longest %s\n", a.longest[name].Round(time.Millisecond), name)
	}
	a.t.Log("\n" + lines.String())
}
