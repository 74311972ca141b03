package main

import (
	"context"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// What is wrong with the container engine.
var engineFaults = []provoked{
	{"engine_unavailable", stateWarning, `/nowhere\.sock`, setting("DOCKER_HOST=unix:///nowhere.sock"), mending(ownEngine)},
	{"engine_unavailable", stateWrong, `/nowhere\.sock`, func(w *ward) {
		setting("DOCKER_HOST=unix:///nowhere.sock")(w)
		w.args = []string{"--backend", "docker"}
	}, mending(ownEngine)},
	{"engine_api", stateWrong, `1\.99`, setting("DOCKER_API_VERSION=1.99"), func(w *ward, f finding) {
		assert.Contains(w.t, f.Fix, "unset DOCKER_API_VERSION")
		w.environ("DOCKER_API_VERSION=")
	}},
	{"engine_old", stateWarning, `API 1\.30`, setting("DOCKER_API_VERSION=1.30"), func(w *ward, f finding) {
		assert.Contains(w.t, f.Fix, "unset DOCKER_API_VERSION")
		w.environ("DOCKER_API_VERSION=")
	}},
	{"clock_skew", stateWrong, `-1h0m0s off`, func(w *ward) {
		w.environ("DOCKER_HOST=" + strings.Replace(wrongClock(w.t).URL, "http://", "tcp://", 1))
	}, mending(ownEngine)},
	{"containers_left", stateWarning, `devproxytest-\w+ \(created\)`, leaveContainer, fix},
}

// setting needs an engine, so that there is one to go back to.
func setting(assignment string) func(*ward) {
	return func(w *ward) { dockerEngine(w.t); w.environ(assignment) }
}

// ownEngine is that of this machine again.
func ownEngine(w *ward) { w.environ("DOCKER_HOST=" + dockerEngine(w.t).Endpoint()) }

// leaveContainer makes one that looks as if a devproxy had been killed.
func leaveContainer(w *ward) {
	engine := dockerEngine(w.t)
	service := types.ServiceConfig{Name: "extension-runner"}
	service.NetworkMode = "none"
	id, err := engine.CreateContainer(w.t.Context(), docker.ContainerSpec{
		Name: "devproxytest-" + uuid.NewString()[:8], Image: smallImage(w.t, engine), Project: &types.Project{}, Service: service,
		Labels: map[string]string{stack.InstanceLabel: w.project().instance()},
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = engine.DiscardContainer(context.Background(), id) })
}
