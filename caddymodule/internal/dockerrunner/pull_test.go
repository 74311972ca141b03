package dockerrunner_test

import (
	"context"
	"os"
	"testing"

	"github.com/docker/docker/api/types/image"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/registrytest"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

// pushed is an image of a registry that the engine has not got.
func (r *rig) pushed(registry *registrytest.Registry) (repository, name string) {
	r.t.Helper()
	shellImage(r.t, r.engine) // or says that there is no busybox
	busybox, err := os.ReadFile("/bin/busybox")
	require.NoError(r.t, err)
	repository = "devproxytest/" + unique()
	name = registry.Push(repository, registrytest.Image{Programs: map[string][]byte{"/busybox": busybox}, Env: []string{"PUSHED=" + repository}})
	r.t.Cleanup(func() {
		_, err := r.engine.ImageRemove(context.Background(), name, image.RemoveOptions{Force: true})
		assert.NoError(r.t, err)
	})
	return repository, name
}

func TestPull_fetches_what_is_not_there_and_asks_for_nothing_that_is(t *testing.T) {
	r := newRig(t)
	registry := registrytest.New(t)
	repository, name := r.pushed(registry)
	_, err := r.engine.ImageInspect(r.ctx, name)
	require.Error(t, err, "it is not there yet")
	require.NoError(t, r.client.EnsureImage(r.ctx, name, ""))
	found, err := r.engine.ImageInspect(r.ctx, name)
	require.NoError(t, err)
	assert.Contains(t, found.Config.Env, "PUSHED="+repository)
	asked := registry.Asked(repository)
	require.NoError(t, r.client.EnsureImage(r.ctx, name, ""))
	assert.Equal(t, asked, registry.Asked(repository))
	require.NoError(t, r.client.EnsureImage(r.ctx, name, "linux/"+found.Architecture))
	assert.Greater(t, registry.Asked(repository), asked, "with a platform it always asks")

	repository, name = r.pushed(registry)
	id := r.start(func(o *runnerclient.StartOptions) { o.Image, o.Cmd = name, []string{"/busybox", "sleep", "1000"} })
	assert.NotZero(t, registry.Asked(repository), "a start pulls, too")
	got, err := r.client.Exec(r.ctx, id, runnerclient.ExecSpec{Args: []string{"/busybox", "env"}})
	require.NoError(t, err)
	assert.Contains(t, got.Stdout, "PUSHED="+repository)

	missing := r.refused(request{method: "POST", target: "/v1/images/ensure", body: `{"image":"` + name + `-another"}`})
	assert.Contains(t, []string{"no_such_image", "server_error"}, missing.Code, "whichever the engine calls it")
	assert.True(t, missing.Retryable)
}
