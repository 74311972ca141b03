package guest

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
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

func TestTemplates_a_build_that_panics_fails_for_all_who_wait_for_it(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &templates{}
		begun, resume := make(chan struct{}), make(chan struct{})
		results := make(chan error, 2)
		acquire := func(build func(*template) error) {
			_, err := all.acquire(contentHash{1}, build)
			results <- err
		}
		go acquire(func(*template) error {
			close(begun)
			<-resume
			panic("out of registers")
		})
		<-begun
		go acquire(func(*template) error { return nil })
		synctest.Wait()
		close(resume)
		for range 2 {
			var unsupported *UnsupportedError
			require.ErrorAs(t, <-results, &unsupported)
			assert.Contains(t, unsupported.Reason, "out of registers")
		}
		assert.Zero(t, all.count())
		_, err := all.acquire(contentHash{1}, func(*template) error { return nil })
		assert.NoError(t, err, "the next one tries again")
	})
}

func TestCompile_that_panics_leaves_no_mark_of_machine_code(t *testing.T) {
	dir := t.TempDir()
	engine, err := NewWazero(t.Context(), Options{CacheDir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, engine.Close(context.Background())) }()
	e := engine.(*wazeroEngine)
	shape, err := readShape(guesttest.Component(t, "limits"))
	require.NoError(t, err)

	assert.Panics(t, func() { _ = e.compile(nil, shape, split(shape)) }, "there is nothing to compile into")
	marks, err := filepath.Glob(filepath.Join(dir, "compiled-*"))
	require.NoError(t, err)
	assert.Empty(t, marks)
	assert.Zero(t, e.space.promised)
}
