package stack_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
	"github.com/same-origin/devproxy/compose/project"
	"github.com/same-origin/devproxy/compose/stack"
)

// holding is a project with a network and a volume of its own.
const holding = "    volumes: [\"state:/state\"]\nvolumes: {state: }\n"

func TestDownRemovesOnlyWhatWasMadeForThisProject(t *testing.T) {
	cases := map[string]struct {
		labels map[string]string
		kept   string // why; "" when it goes
	}{
		"ours":                         {map[string]string{stack.InstanceLabel: "us"}, ""},
		"made by Compose":              {nil, ""},
		"of another devproxy":          {map[string]string{stack.InstanceLabel: "them"}, "another devproxy made it"},
		"of another folder":            {map[string]string{project.LabelPrefix + "project.working_dir": "/elsewhere"}, "made for the project of the same name in /elsewhere"},
		"of another project":           {map[string]string{project.LabelPrefix + "project": "other"}, "it was not made for project"},
		"of another project, labelled": {map[string]string{project.LabelPrefix + "project": "other", stack.InstanceLabel: "us"}, "it was not made for project"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			said := newRecorder[error]()
			s := f.stack(f.runner(holding), func(o *stack.Options) { o.Report = said.add })
			ctx := enginetest.Context(t)
			network, store := s.Project.Compose.Networks["default"], s.Project.Compose.Volumes["state"]
			labels := map[string]string{project.LabelPrefix + "project": f.name}
			for key, value := range c.labels {
				labels[key] = value
			}
			if labels[stack.InstanceLabel] == "us" {
				labels[stack.InstanceLabel] = f.name
			}
			require.NoError(t, f.engine.EnsureNetwork(ctx, network, labels))
			require.NoError(t, f.engine.EnsureVolume(ctx, store, labels))
			enginetest.Afterwards(t, func(ctx context.Context) error {
				return errors.Join(f.engine.RemoveNetwork(ctx, network.Name), f.engine.RemoveVolume(ctx, store.Name))
			})
			require.NoError(t, s.Down(ctx, true))
			_, noNetwork := f.engine.NetworkLabels(ctx, network.Name)
			_, noVolume := f.engine.VolumeLabels(ctx, store.Name)
			if c.kept == "" {
				require.Equal(t, docker.CodeNetworkNotFound, docker.CodeOf(noNetwork))
				require.Equal(t, docker.CodeVolumeNotFound, docker.CodeOf(noVolume))
				require.Empty(t, said.all())
				return
			}
			require.NoError(t, errors.Join(noNetwork, noVolume))
			for _, what := range []string{"keeping network " + network.Name, "keeping volume " + store.Name} {
				said.await(t, what, func(err error) bool { return err != nil })
				require.ErrorContains(t, errors.Join(said.all()...), what)
			}
			require.ErrorContains(t, said.all()[0], c.kept)
		})
	}
}

func TestWhatMayBelongToTheSameNameInAnotherFolderIsKept(t *testing.T) {
	f := newFixture(t)
	said := newRecorder[error]()
	s := f.stack(f.runner(holding), func(o *stack.Options) { o.Report = said.add })
	ctx := enginetest.Context(t)
	theirs := *s.Project.Compose
	theirs.WorkingDir = filepath.Join(f.dir, "theirs")
	service := types.ServiceConfig{Name: "theirs"}
	service.NetworkMode = "none"
	id, err := f.engine.CreateContainer(ctx, docker.ContainerSpec{
		Name: f.name + "-theirs", Image: f.image, Project: &theirs, Service: service,
		Labels: map[string]string{project.LabelPrefix + "project": f.name, project.LabelPrefix + "project.working_dir": theirs.WorkingDir},
	})
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return f.engine.RemoveContainer(ctx, id) })
	store := s.Project.Compose.Volumes["state"]
	require.NoError(t, f.engine.EnsureVolume(ctx, store, map[string]string{project.LabelPrefix + "project": f.name}))
	enginetest.Afterwards(t, func(ctx context.Context) error { return f.engine.RemoveVolume(ctx, store.Name) })
	require.NoError(t, s.Down(ctx, true))
	_, err = f.engine.VolumeLabels(ctx, store.Name)
	require.NoError(t, err)
	require.ErrorContains(t, said.all()[0], "it may belong to the project of the same name in "+theirs.WorkingDir)
}

// anonymous counts the volumes of the fixture without a name in its file.
func (f *fixture) anonymous() int {
	list, err := enginetest.Raw(f.t, f.engine).VolumeList(enginetest.Context(f.t), volume.ListOptions{
		Filters: filters.NewArgs(filters.Arg("label", stack.InstanceLabel+"="+f.name)),
	})
	require.NoError(f.t, err)
	return len(list.Volumes)
}

func TestAnonymousVolumesGoWithAReplacedGenerationAndWithDownVolumesAlone(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	s := f.stack(f.runner("    volumes: [/data]\n"), nil)
	for range 3 {
		_, err := s.Deploy(ctx)
		require.NoError(t, err)
	}
	s.Settle()
	require.Equal(t, 1, f.anonymous(), "those of the generations before are of no use to anyone")
	require.NoError(t, s.Down(ctx, false))
	require.Empty(t, f.census())
	require.Equal(t, 1, f.anonymous(), "a plain down loses no data")
	require.NoError(t, s.Down(ctx, true))
	require.Zero(t, f.anonymous())
}

func TestDownVolumesRemovesTheImageThatWeMadeAndNoOther(t *testing.T) {
	f := newFixture(t)
	ctx := enginetest.Context(t)
	ours := f.name + "-side:made"
	_, err := f.engine.BuildFromBinary(ctx, ours, map[string]docker.File{"/app": {Content: enginetest.Binary(t), Mode: 0o755}}, docker.Config{
		Entrypoint: []string{"/app"}, Labels: map[string]string{stack.InstanceLabel: f.name},
	})
	require.NoError(t, err)
	enginetest.Afterwards(t, func(ctx context.Context) error { return f.engine.RemoveImage(ctx, ours) })
	s := f.stack(f.runner(fmt.Sprintf("  side: {image: %q, stop_grace_period: 1s}\n", ours)), nil)
	require.NoError(t, s.Up(ctx))
	require.NoError(t, s.Down(ctx, false))
	_, err = f.engine.InspectImage(ctx, ours)
	require.NoError(t, err)
	require.NoError(t, s.Down(ctx, true))
	_, err = f.engine.InspectImage(ctx, ours)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	_, err = f.engine.InspectImage(ctx, f.image)
	require.NoError(t, err)
}

func TestACallerThatHasGivenUpGetsNoTurn(t *testing.T) {
	f := newFixture(t)
	s := f.stack(f.runner(""), nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 { // a select would let half of them pass
		_, err := s.Deploy(gone)
		require.ErrorIs(t, err, context.Canceled)
		require.Regexp(t, "^(waiting for the deployment before|beginning a deployment): ", err.Error())
	}
	_, err := s.Deploy(enginetest.Context(t))
	require.NoError(t, err, "the turn is free")
}
