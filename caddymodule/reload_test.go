package caddymodule

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReload_keeps_the_engine_its_backends_and_their_streams(t *testing.T) {
	a, b := swapRunner(t, "a"), swapRunner(t, "b")
	global := lines("backend a "+a.URL, "backend b "+b.URL, "default a", "extension "+extensionFolder(t, nil))
	s := serve(t, global, swapSite)
	before, selected := live.Load(), live.Load().Selector().Current()
	require.Eventually(t, func() bool { // what is compiled meanwhile would be a difference
		installed, ok := before.Installed("acme.hello")
		return ok && installed.Handler.Status != "building"
	}, waitLong, waitStep)
	installed, _ := before.Installed("acme.hello")

	ctx, cancel := context.WithCancel(t.Context())
	var streams sync.WaitGroup
	streams.Go(func() { followEvents(t, ctx, s.url+"/runner/sse") })
	streams.Go(func() { followSocket(t, ctx, s.url+"/runner/ws") })
	require.Eventually(t, func() bool { return selected.InFlight() == 2 }, waitLong, waitStep)
	for range 20 {
		s.load(global, swapSite+"\nheader X-Comment changed")
		s.load(global, swapSite)
	}
	assert.Same(t, before, live.Load())
	assert.Same(t, selected, before.Selector().Current(), "the same backend, not one like it")
	assert.EqualValues(t, 2, selected.InFlight(), "the streams go on")
	still, ok := before.Installed("acme.hello")
	assert.True(t, ok)
	assert.Equal(t, installed, still)
	cancel()
	streams.Wait()
}

func TestReload_keeps_a_swap_that_was_made_by_hand(t *testing.T) {
	a, b := swapRunner(t, "a"), swapRunner(t, "b")
	global := lines("backend a "+a.URL, "backend b "+b.URL, "default a")
	s := serve(t, global, swapSite)
	require.NoError(t, live.Load().Select("b"))
	s.load(global, swapSite+"\nheader X-Comment changed")
	assert.Equal(t, "b", live.Load().Selector().Current().Name())
	s.load(lines("backend a "+a.URL, "backend b "+b.URL, "default embedded"), swapSite)
	assert.Equal(t, "embedded", live.Load().Selector().Current().Name(), "a changed default wins")
}

func TestReload_that_fails_elsewhere_changes_nothing(t *testing.T) {
	s := serve(t, lines("backend a "+swapRunner(t, "a").URL, "default a"), swapSite)
	e := live.Load()
	before := e.Settings()
	// the same config, but an app of ours that refuses to start
	failing.Store(true)
	defer failing.Store(false)
	err := s.tryLoad(lines("backend z "+swapRunner(t, "z").URL, "default z"), swapSite)
	require.ErrorContains(t, err, "told to fail")
	assert.Equal(t, before, e.Settings())
	assert.Equal(t, "a", e.Selector().Current().Name())
	assert.Equal(t, 200, s.get("/runner/x").status)
}

func TestReload_without_a_runner_ends_the_engine(t *testing.T) {
	serve(t, "", "runner")
	e := live.Load()
	require.NotNil(t, e)
	require.NoError(t, caddy.Load([]byte(`{"admin":{"disabled":true,"config":{"persist":false}}}`), true))
	assert.Nil(t, live.Load())
	assert.ErrorContains(t, e.Apply(e.Settings()), "the engine is closed")
}

func TestConfig_that_is_only_validated_starts_nothing(t *testing.T) {
	err := caddy.Validate(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}, AppsRaw: caddy.ModuleMap{
		"runner": []byte(`{"state_dir":"/nonexistent/devproxy","default":"embedded"}`),
	}})
	assert.NoError(t, err, "a state folder that cannot be made is found when something starts")
	assert.Nil(t, live.Load())
}

func TestConfig_in_JSON_is_checked_in_plain_words(t *testing.T) {
	for config, want := range map[string]string{
		`{"default":"embeded"}`:                            `default backend "embeded" is not defined; did you mean "embedded"?`,
		`{"extensions":[{"tenant":"x"}]}`:                  "extensions[0]: dir is missing",
		`{"backends":{"docker":{}},"default":"dockr"}`:     `did you mean "docker"?`,
		`{"backends":{"x":{"url":"ftp://x"}}}`:             `backend x: "ftp://x" is no base URL`,
		`{"backends":{"x":null}}`:                          `backend x: it is null`,
		`{"backends":{"x":{"url":"{env.X}"}},"limits":{}}`: "",
	} {
		err := caddy.Validate(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}, AppsRaw: caddy.ModuleMap{"runner": []byte(config)}})
		if want == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, want)
	}
}

// failingApp is an app that refuses to start when told to: the fault that no
// real app can be made to have at will.
type failingApp struct{}

func (failingApp) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "runner_test_failing", New: func() caddy.Module { return new(failingApp) }}
}

func (failingApp) Start() error {
	if failing.Load() {
		return errors.New("told to fail")
	}
	return nil
}

func (failingApp) Stop() error { return nil }
