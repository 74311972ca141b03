package launcher

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/registrytest"
)

// pushed is the test worker in a registry, under a name that no engine has yet.
func (b *bench) pushed(r *registrytest.Registry) (repository, image string) {
	b.t.Helper()
	content, err := binary()
	require.NoError(b.t, err)
	repository = "devproxytest/" + uuid.NewString()[:8]
	image = r.Push(repository, registrytest.Image{Programs: map[string][]byte{"/app": content}, Entrypoint: []string{"/app"}, Env: []string{"PUSHED=" + repository}})
	b.t.Cleanup(func() { // the engine may still be removing the last container by itself
		require.Eventually(b.t, func() bool {
			err := b.engine.DropImage(context.Background(), image)
			return err == nil || docker.Is(err, docker.CodeImageNotFound)
		}, enginetest.Timeout, 50*time.Millisecond)
	})
	return repository, image
}

func TestPull_fetches_an_image_that_is_not_there_once_for_all_who_wait(t *testing.T) {
	registry := registrytest.New(t)
	b := open(t, enginetest.Engine(t), Config{})
	repository, image := b.pushed(registry)
	var all sync.WaitGroup
	for range 3 {
		j := b.job("exit", "0")
		j.Image, j.Local = image, false
		all.Go(func() {
			w, err := b.Launch(enginetest.Context(t), j)
			if err == nil {
				var o Outcome
				if o, err = w.Wait(enginetest.Context(t)); o.Status != Succeeded {
					t.Errorf("%+v", o)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	twin, twinImage := b.pushed(registry)
	require.NoError(t, b.engine.PullImage(enginetest.Context(t), twinImage, "", nil))
	require.NotZero(t, registry.Asked(twin))
	require.Equal(t, registry.Asked(twin), registry.Asked(repository), "as often as for one pull")
	require.Empty(t, b.sources())

	j := b.job("exit", "0")
	j.Image, j.Local = image, false
	require.Equal(t, Succeeded, b.run(j).Status)
	require.Equal(t, registry.Asked(twin), registry.Asked(repository), "it is there now")
}

func TestPull_leaves_images_of_this_machine_alone_and_tells_of_those_that_no_registry_has(t *testing.T) {
	registry := registrytest.New(t)
	b := open(t, enginetest.Engine(t), Config{})
	repository, image := b.pushed(registry)
	j := b.job("exit", "0")
	j.Image, j.Local = image, true
	_, err := b.Dispatch(enginetest.Context(t), j)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err), "%v", err)
	require.Zero(t, registry.Asked(repository))

	j.Image, j.Local = image+"-another", false
	_, err = b.Dispatch(enginetest.Context(t), j)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "pulling image", "the error of the pull is the one that says why")
	require.Equal(t, []Source{SourceSpawn, SourceSpawn}, b.sources())
}
