package container

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// buildLog keeps what the last builds of the services printed, one JSON object
// per line, for `devproxy logs --source build`.
type buildLog struct {
	file   string
	mu     sync.Mutex
	seq    uint64
	failed bool // said once: a build does not fail for want of its log
	report func(error)
}

// buildLine has the fields of a line of `devproxy logs --json`.
type buildLine struct {
	V          int       `json:"v"` // of this schema
	Time       time.Time `json:"time"`
	Service    string    `json:"service"`
	Generation int       `json:"generation"` // 0: it is not known while building
	Stream     string    `json:"stream"`
	Seq        uint64    `json:"seq"`
	Text       string    `json:"text"`
}

// begin forgets the builds before.
func (l *buildLog) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq, l.failed = 0, false
	if err := os.RemoveAll(l.file); err != nil {
		l.report(fmt.Errorf("emptying the log of builds: %w", err))
	}
}

// hear writes down a step that began or ended, or the lines that it printed.
func (l *buildLog) hear(service string, event docker.BuildEvent) {
	stream := "stdout"
	if event.Stderr {
		stream = "stderr"
	}
	texts := [][]byte{[]byte(said(event))}
	if event.Output != nil {
		texts = bytes.Split(bytes.TrimSuffix(event.Output, []byte("\n")), []byte("\n"))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []byte
	for _, text := range texts {
		l.seq++
		line, err := json.Marshal(buildLine{V: 1, Time: time.Now(), Service: service, Stream: stream, Seq: l.seq, Text: string(bytes.TrimSuffix(text, []byte("\r")))})
		if err != nil {
			l.report(fmt.Errorf("writing the log of builds: %w", err))
			return
		}
		all = append(append(all, line...), '\n')
	}
	if err := l.write(all); err != nil && !l.failed {
		l.failed = true
		l.report(fmt.Errorf("writing the log of builds: %w", err))
	}
}

// write holds no file open: builds are rare.
func (l *buildLog) write(lines []byte) error {
	if err := os.MkdirAll(filepath.Dir(l.file), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(l.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(lines); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// said is a change of a step's state, in words.
func said(event docker.BuildEvent) string {
	switch {
	case event.Error != "":
		return event.Step + ": " + event.Error
	case event.Cached:
		return event.Step + ": cached"
	case event.Done:
		return event.Step + ": done"
	}
	return event.Step
}
