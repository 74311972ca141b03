package launcher

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/internal/enginetest"
)

func TestRow4_a_success_is_committed_then_removed_then_let_go(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	since := time.Now()
	j := b.job("write", "/cache/warm", "yes")
	j.Snapshot = true
	committed := 0
	b.cfg.Hooks.Ended = func(Job, Outcome) { committed = len(b.containers()) }
	b.Close()
	b.reopen()
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status, "%+v", o)
	require.NotEmpty(t, o.Snapshot)
	require.Zero(t, committed, "the container is gone before the worker is let go")
	var order []string
	for _, m := range b.events(since, j) {
		order = append(order, string(m.Action))
	}
	require.Equal(t, []string{"create", "start", "die", "commit", "destroy"}, order)

	// and the next one starts from it
	j = b.job("cat", "/cache/warm", "env")
	j.Snapshot = true
	o = b.run(j)
	require.True(t, o.Reused)
	require.Equal(t, "yes true", o.Tail[0])
	require.Contains(t, o.Tail[1], "DEVPROXY_SNAPSHOT_REUSE=true DEVPROXY_SNAPSHOT_ENABLED=true")
	require.Contains(t, o.Tail[1], `FROM_IMAGE=a $b "c"`)
	require.Empty(t, b.sources())
}

func TestRow7_a_snapshot_that_is_gone_is_given_up_for_the_image_once(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot = true
	b.run(j)
	s := b.Snapshots()[0]
	require.NoError(t, b.engine.DropImage(t.Context(), s.Image))
	j = b.job("env")
	j.Snapshot = true
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.False(t, o.Reused)
	require.NotContains(t, o.Tail[0], "SNAPSHOT_REUSE")
	require.Empty(t, b.sources())

	require.NoError(t, b.engine.DropImage(t.Context(), s.Image))
	j = b.job("env")
	j.Snapshot, j.Image = true, "devproxytest-none:none"
	_, err := b.Launch(t.Context(), j)
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	require.Equal(t, []Source{SourceSpawn, SourceSpawnFallback}, b.sources())
	require.Empty(t, b.containers())
	require.Empty(t, b.Snapshots())
}

func TestRow8_another_404_is_no_reason_to_give_a_snapshot_up(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot = true
	b.run(j)
	j = b.job("env")
	j.Snapshot, j.Network = true, "devproxytest-no-network"
	_, err := b.Launch(t.Context(), j)
	require.ErrorContains(t, err, "devproxytest-no-network")
	require.Len(t, b.Snapshots(), 1)
	require.Empty(t, b.sources())
	require.Empty(t, b.containers(), "a failed start removes what it created")
}

func TestRow9_a_commit_that_fails_changes_no_result(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Snapshot = true
	// somebody removes the container before it can be committed
	j.Collect = func(ctx context.Context, _ Tree) error { return b.engine.DiscardContainer(ctx, b.containers()[0].ID) }
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Empty(t, o.Snapshot)
	require.Equal(t, []Source{SourceCommit}, b.sources())
}

func TestRow13_the_oldest_snapshots_go_and_those_in_use_stay(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	var images []string
	var last Job
	for i := range 6 {
		last = b.job("write", "/n", strings.Repeat("x", i))
		last.Snapshot, last.Item = true, string(rune('a'+i))
		if i == 5 {
			// somebody has a container of the oldest: it stays for now
			holder, err := b.engine.CreateWorker(t.Context(), docker.WorkerSpec{Image: images[0]})
			require.NoError(t, err)
			enginetest.Afterwards(t, func(ctx context.Context) error { return b.engine.DiscardContainer(ctx, holder) })
			images = append(images, b.run(last).Snapshot)
			require.Len(t, b.Snapshots(), 6, "an entry goes only with its image")
			require.Empty(t, b.sources())
			require.NoError(t, b.engine.DiscardContainer(t.Context(), holder))
			continue
		}
		images = append(images, b.run(last).Snapshot)
	}
	b.sweep(t.Context(), time.Now())
	require.Len(t, b.Snapshots(), 5)
	_, err := b.engine.FindImage(t.Context(), images[0])
	require.Equal(t, docker.CodeImageNotFound, docker.CodeOf(err))
	_, err = b.engine.FindImage(t.Context(), images[1])
	require.NoError(t, err)
	b.sweep(t.Context(), time.Now().Add(25*time.Hour))
	require.Empty(t, b.Snapshots())
}

func TestRow14_no_secret_gets_into_a_snapshot_and_a_failed_lookup_stops_nothing(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("env")
	j.Snapshot, j.Env = true, []string{"PLAIN=1", "CREDENTIAL_MASTER_KEY=master"}
	j.Credentials = func(context.Context) (map[string]string, error) { return nil, errors.New("no vault") }
	o := b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Equal(t, []Source{SourceCredentials}, b.sources())
	require.NotContains(t, o.Tail[0], "DEVPROXY_CREDENTIAL_KEYS")
	require.NotContains(t, o.Tail[0], "master")
	made, err := enginetest.Raw(t, b.engine).ImageInspect(t.Context(), o.Snapshot)
	require.NoError(t, err)
	require.Subset(t, made.Config.Env, []string{"PLAIN=", "DEVPROXY_JOB_ID=", `FROM_IMAGE=a $b "c"`})
	require.Empty(t, made.Config.Labels[LabelManaged], "a container that somebody starts from it is no worker")

	j = b.job("env", "write", "/kept", "yes")
	j.Snapshot, j.Data = true, `{"of":"the job"}`
	j.Credentials = func(context.Context) (map[string]string, error) {
		return map[string]string{"TOKEN": "hunter2", "KEY": "swordfish", "CREDENTIAL_MASTER_KEY": "master"}, nil
	}
	o = b.run(j)
	require.Equal(t, Succeeded, o.Status)
	require.Contains(t, o.Tail[0], `KEY=swordfish TOKEN=hunter2 DEVPROXY_CREDENTIAL_KEYS=KEY,TOKEN`)
	require.NotContains(t, o.Tail[0], "master")
	require.NotEmpty(t, o.Snapshot)
	for _, secret := range []string{"hunter2", "swordfish", "of"} {
		require.NotContains(t, b.everything(o.Snapshot), `=`+secret)
	}
	j = b.job("cat", "/kept", "env")
	j.Snapshot = true
	o = b.run(j)
	require.True(t, o.Reused)
	require.Equal(t, "yes true", o.Tail[0])
	require.NotContains(t, o.Tail[1], "TOKEN")
}

// everything is all that the engine says of an image.
func (b *bench) everything(image string) string {
	_, text, err := enginetest.Raw(b.t, b.engine).ImageInspectWithRaw(b.t.Context(), image) //nolint:staticcheck // the raw text is what matters
	require.NoError(b.t, err)
	return string(text)
}

func TestSnapshots_of_another_image_or_too_old_are_not_used(t *testing.T) {
	b := open(t, enginetest.Engine(t), Config{})
	j := b.job("exit", "0")
	j.Snapshot = true
	b.run(j)
	_, fresh := b.fresh(t.Context(), j, time.Now())
	require.True(t, fresh)
	_, fresh = b.fresh(t.Context(), j, time.Now().Add(25*time.Hour))
	require.False(t, fresh)
	j.SnapshotTTL = 48 * time.Hour
	_, fresh = b.fresh(t.Context(), j, time.Now().Add(25*time.Hour))
	require.True(t, fresh)
	j.Image = enginetest.Image(t, b.engine)
	_, fresh = b.fresh(t.Context(), j, time.Now())
	require.False(t, fresh)

	deep := b.Snapshots()[0]
	deep.Layers = mostLayers
	b.register(deep)
	j.Image = b.image
	_, fresh = b.fresh(t.Context(), j, time.Now())
	require.False(t, fresh, "engines stop at some number of layers")

	// a launcher that lost its list finds the images
	b.Close()
	b.change(func(k *kept) { k.Snapshots = nil })
	b.reopen()
	require.Len(t, b.Snapshots(), 1)
	require.Equal(t, "Proj/A", b.Snapshots()[0].Project)
}

func TestExcess_takes_the_old_then_the_many_then_the_large(t *testing.T) {
	now := time.Now()
	snapshot := func(name string, age time.Duration, size int64) Snapshot {
		return Snapshot{Image: name, Created: now.Add(-age), Size: size}
	}
	l := &Launcher{cfg: Config{Snapshots: Limits{TTL: time.Hour, Count: 3, Size: 100}}, state: &state{}}
	l.state.Snapshots = []Snapshot{
		snapshot("new", 1*time.Minute, 50), snapshot("old", 61*time.Minute, 1), snapshot("kept", 10*time.Minute, 40),
		snapshot("fourth", 30*time.Minute, 0), snapshot("large", 20*time.Minute, 60),
	}
	l.state.Snapshots[3].TTL = 2 * time.Hour
	names := []string{}
	for _, s := range l.excess(now) {
		names = append(names, s.Image)
	}
	require.Equal(t, []string{"old", "fourth", "large"}, names)
}
