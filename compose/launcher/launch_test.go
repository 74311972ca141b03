package launcher

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestRow1_without_snapshots_the_engine_removes_the_worker_and_it_has_nothing_beyond_its_limits(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	raw := enginetest.Raw(t, b.engine)
	j := b.job("sleep", "1m")
	w := b.launch(j)
	found, err := raw.ContainerInspect(t.Context(), w.Container())
	require.NoError(t, err)

	host := container.HostConfig{AutoRemove: true, Resources: container.Resources{Memory: 64 << 20, MemorySwap: 64 << 20}}
	twin, err := raw.ContainerCreate(t.Context(), &container.Config{Image: b.image}, &host, nil, nil, "")
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return b.engine.DiscardContainer(ctx, twin.ID) })
	want, err := raw.ContainerInspect(t.Context(), twin.ID)
	require.NoError(t, err)
	require.Equal(t, want.HostConfig, found.HostConfig)

	w.Kill(0)
	b.wait(w)
	b.gone()

	j = b.job("sleep", "1m")
	j.Snapshot = true
	w = b.launch(j)
	found, err = raw.ContainerInspect(t.Context(), w.Container())
	require.NoError(t, err)
	require.False(t, found.HostConfig.AutoRemove)
	w.Kill(0)
	require.Equal(t, Killed, b.wait(w).Status)
	require.Empty(t, b.containers())
}

func TestRow2_labels_are_strings_and_names_are_made_usable(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	w := b.launch(Job{ID: b.Instance()[:8] + ":b", Image: b.image, Local: true, Command: []string{"sleep", "1m"}, Timeout: time.Hour})
	c := b.containers()[0]
	require.Equal(t, "devproxy-worker-"+b.Instance()[:8]+"_b", c.Name)
	require.Equal(t, map[string]string{
		"devproxy.managed": "true", "devproxy.instance": b.Instance(), "devproxy.job.id": b.Instance()[:8] + ":b", "devproxy.job.type": "",
		"devproxy.project.id": "", "devproxy.work.item": "", "devproxy.agent.type": "", "devproxy.snapshot.enabled": "false",
		"devproxy.snapshot.ttl": "0s", "devproxy.timeout": "1h0m0s", "devproxy.secrets": "",
	}, without(c.Labels, "dev.devproxy.content"))
	w.Kill(0)
	b.wait(w)
}

func without(labels map[string]string, key string) map[string]string {
	delete(labels, key)
	return labels
}

func TestLaunch_fetches_an_image_that_is_not_of_this_machine(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Image, j.Local = "127.0.0.1:1/none:none", false
	_, err := b.Launch(enginetest.Context(t), j)
	require.ErrorContains(t, err, "pulling image 127.0.0.1:1/none:none")
	require.Empty(t, b.containers())
}

func TestLaunch_waits_for_a_place_in_turn_and_not_for_ever(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{Workers: 1, SlotWait: 300 * time.Millisecond})
	first := b.launch(b.job("sleep", "1m"))
	_, err := b.Launch(t.Context(), b.job("exit", "0"))
	var slot *Error
	require.ErrorAs(t, err, &slot)
	require.Equal(t, CodeSlotTimeout, slot.Code)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Launch(ctx, b.job("exit", "0"))
	require.ErrorIs(t, err, context.Canceled)
	first.Kill(0)
	b.wait(first)
	require.Equal(t, Succeeded, b.run(b.job("exit", "0")).Status)
	b.gone()
}

func TestLaunch_refuses_data_that_no_variable_holds(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Data = strings.Repeat("x", mostData+1)
	_, err := b.Launch(t.Context(), j)
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, CodeDataTooLarge, refused.Code)
	require.Empty(t, b.containers())
}

func TestLaunch_a_program_that_is_not_there_leaves_nothing(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{Workers: 1})
	j := b.job()
	j.Entrypoint = []string{"/nothing"}
	for range 2 { // the place is given back
		_, err := b.Launch(enginetest.Context(t), j)
		require.Equal(t, docker.CodeCommandNotFound, docker.CodeOf(err))
	}
	b.gone()
}
