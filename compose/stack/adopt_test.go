package stack_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// leave makes a container as a process leaves it that is killed between two steps
// of a deployment.
func (f *fixture) leave(p *project.Project, name string, generation string, start bool) string {
	f.t.Helper()
	ctx := enginetest.Context(f.t)
	service := p.Compose.Services["runner"]
	labels, err := p.Labels(service, 1, "")
	require.NoError(f.t, err)
	labels[stack.InstanceLabel], labels[stack.GenerationLabel], labels[stack.FingerprintLabel] = f.name, generation, "other"
	for key, network := range p.Compose.Networks {
		require.NoError(f.t, f.engine.EnsureNetwork(ctx, network, p.NetworkLabels(key)))
	}
	id, err := f.engine.CreateContainer(ctx, docker.ContainerSpec{
		Name: name, Image: f.image, Project: p.Compose, Service: service, Labels: labels,
		Loopback: true, NoRestart: true, Ports: []uint16{8080},
	})
	require.NoError(f.t, err)
	if start {
		require.NoError(f.t, f.engine.StartContainer(ctx, id))
	}
	return id
}

func TestTheNextProcessAdoptsTheNewestReadyGeneration(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	yaml := f.runner("    environment: {VERSION: one}\n")
	old, err := f.stack(yaml, nil).Deploy(ctx)
	require.NoError(t, err)
	// Killed after the third was created, while the second was starting badly.
	f.leave(f.load(f.runner("    environment: {NEVER_HEALTHY: 1}\n")), f.name+"-runner-2", "2", true)
	f.leave(f.load(yaml), f.name+"-runner-3", "3", false)
	require.Equal(t, map[string]int{"running": 2, "created": 1}, f.census())
	var promoted *stack.Generation
	next := f.stack(yaml, func(o *stack.Options) {
		o.Promote = func(_ context.Context, g *stack.Generation) error {
			promoted = g
			return nil
		}
	})
	adopted, err := next.Adopt(ctx)
	require.NoError(t, err)
	require.Equal(t, old.Container, adopted.Container)
	require.True(t, adopted.Adopted)
	require.False(t, adopted.Outdated)
	require.Same(t, promoted, adopted)
	require.Equal(t, "one", version(t, adopted))
	require.Equal(t, map[string]int{"running": 1}, f.census())
}

func TestOfTwoReadyGenerationsTheNewerStays(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	fixed := f.name + "-fixed"
	yaml := f.runner("    container_name: " + fixed + "\n")
	first, err := f.stack(yaml, nil).Deploy(ctx)
	require.NoError(t, err)
	// Killed after the hand-over: the new one runs under its temporary name.
	newer := f.leave(f.load(yaml), fixed+"-2", "2", true)
	require.Eventually(t, func() bool {
		c, err := f.engine.Inspect(ctx, newer)
		return err == nil && c.Running()
	}, enginetest.Timeout, 10*time.Millisecond)
	next := f.stack(yaml, func(o *stack.Options) {
		o.Probe = func(context.Context, string) error { return nil }
	})
	adopted, err := next.Adopt(ctx)
	require.NoError(t, err)
	require.Equal(t, newer, adopted.Container)
	require.True(t, adopted.Outdated)
	_, err = f.engine.Inspect(ctx, first.Container)
	require.Equal(t, docker.CodeContainerNotFound, docker.CodeOf(err))
	named, err := f.engine.Inspect(ctx, fixed)
	require.NoError(t, err)
	require.Equal(t, newer, named.ID)
	made, err := next.Deploy(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, made.Number)
}

func TestWhereNothingIsReadyEverythingIsReaped(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	yaml := f.runner("    environment: {NEVER_HEALTHY: 1}\n")
	f.leave(f.load(yaml), f.name+"-runner-1", "1", true)
	f.leave(f.load(yaml), f.name+"-runner-2", "2", false)
	adopted, err := f.stack(yaml, nil).Adopt(ctx)
	require.NoError(t, err)
	require.Nil(t, adopted)
	require.Empty(t, f.census())
}

func TestAnotherInstancesContainersAreLeftAlone(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	yaml := f.runner("")
	theirs, err := f.stack(yaml, nil).Deploy(ctx)
	require.NoError(t, err)
	said := newRecorder[error]()
	mine := f.stack(yaml, func(o *stack.Options) { o.Instance, o.Report = f.name+"-other", said.add })
	adopted, err := mine.Adopt(ctx)
	require.NoError(t, err)
	require.Nil(t, adopted)
	_, err = mine.Deploy(ctx)
	require.NoError(t, err)
	found, err := f.engine.Inspect(ctx, theirs.Container)
	require.NoError(t, err)
	require.True(t, found.Running())
	require.NoError(t, mine.Down(ctx, true))
	_, err = f.engine.NetworkLabels(ctx, f.name+"_default")
	require.NoError(t, err)
	require.ErrorContains(t, said.all()[0], "keeping network "+f.name+"_default: another devproxy made it")
}
