package guest

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
)

func (ts *templates) count() int {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return len(ts.byKey)
}

func TestATemplateEndsWithTheLastProgramThatUsesIt(t *testing.T) {
	engine, err := NewWazero(t.Context(), Options{CacheDir: guesttest.CacheDir(t), Programs: 1})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close(context.Background())) }()
	templates := engine.(*wazeroEngine).templates

	held, err := engine.Load(t.Context(), guesttest.Component(t, "limits"))
	require.NoError(t, err)
	_, err = engine.Load(t.Context(), guesttest.Component(t, "hosts"))
	require.NoError(t, err)
	assert.Equal(t, 1, templates.count(), "limits and hosts share an engine and a world")

	_, err = engine.Load(t.Context(), guesttest.Component(t, "older"))
	require.NoError(t, err)
	runtime.GC()
	assert.Equal(t, 2, templates.count(), "limits is still held")

	runtime.KeepAlive(held)
	assert.Eventually(t, func() bool {
		runtime.GC()
		return templates.count() == 1
	}, time.Minute, 10*time.Millisecond)
}
