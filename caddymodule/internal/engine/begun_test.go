package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBegun_holds_requests_until_the_first_settings_and_not_for_ever(t *testing.T) {
	for name, first := range map[string]func(*Engine){
		"settings that were applied":        func(e *Engine) { _ = e.Apply(Settings{}) },
		"settings that were not understood": func(e *Engine) { e.Fail(errors.New("wrong")) },
	} {
		t.Run(name, func(t *testing.T) {
			e := New()
			held := make(chan struct{})
			go func() { e.Begun(t.Context()); close(held) }()
			first(e)
			<-held
			e.Begun(t.Context())
			assert.NoError(t, e.Close())
		})
	}
	synctest.Test(t, func(t *testing.T) {
		e := &Engine{ctx: context.Background(), begun: make(chan struct{})}
		began := time.Now()
		e.Begun(t.Context())
		assert.Equal(t, beginning, time.Since(began), "of the bubble's clock")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		e.Begun(gone)
		assert.Equal(t, beginning, time.Since(began), "nobody waits for the answer")
	})
}
