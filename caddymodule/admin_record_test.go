package caddymodule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/internal/dashboard"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func TestTrace_tells_no_lines_of_another_call_that_the_client_gave_the_same_id(t *testing.T) {
	bus := new(event.Bus)
	defer bus.Close()
	board := dashboard.New(bus)
	defer board.Close()
	began := time.Now()
	for message, at := range map[string]time.Time{
		"of the call before":    began.Add(-time.Second),
		"of this call":          began.Add(time.Millisecond),
		"of the one sent again": began.Add(time.Second),
	} {
		board.Log(dashboard.Line{Time: at, Request: "same", Message: message})
	}
	var said []string
	for _, line := range logOf(board, record.NewRedactor(nil, nil), runnerstatus.Execute{ID: "same", Time: began, MS: 5}) {
		said = append(said, line.Message)
	}
	assert.Equal(t, []string{"of this call"}, said)
}
