package docker

import (
	"context"
	"io"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
)

// WorkerSpec is a container that does one piece of work and ends. What is not
// said here is the engine's default: no privileges, no restart, no ports.
type WorkerSpec struct {
	Name, Image string
	Labels      map[string]string
	Env         []string // KEY=value, in this order
	// Entrypoint and Command; nil for the image's own. An Entrypoint takes the
	// image's Command away, too.
	Entrypoint, Command []string
	WorkingDir          string
	Memory              int64  // bytes, with no swap beyond them; 0 for no limit
	Network             string // default: the engine's own
	AutoRemove          bool   // the engine removes it when it ends
	// ReadOnly are folders of the engine's machine, by their path in the
	// container, that it can read and not write.
	ReadOnly map[string]string
	// Scratch are absolute paths of empty volumes that it can write to. They go
	// with the container, and are no part of what Commit makes.
	Scratch []string
}

// CreateWorker makes the container and returns its id. An image that is not there
// is not fetched: the error then has CodeImageNotFound.
func (e *Engine) CreateWorker(ctx context.Context, spec WorkerSpec) (string, error) {
	config := &container.Config{
		Image: spec.Image, Labels: spec.Labels, Env: spec.Env,
		Entrypoint: spec.Entrypoint, Cmd: spec.Command, WorkingDir: spec.WorkingDir,
	}
	host := &container.HostConfig{
		AutoRemove: spec.AutoRemove, NetworkMode: container.NetworkMode(spec.Network), Mounts: spec.mounts(),
		Resources: container.Resources{Memory: spec.Memory, MemorySwap: spec.Memory},
	}
	made, err := e.cli.ContainerCreate(ctx, config, host, nil, nil, spec.Name)
	return made.ID, mapped("creating container", spec.Name, err)
}

func (s WorkerSpec) mounts() []mount.Mount {
	var list []mount.Mount
	for _, target := range sorted(s.ReadOnly) {
		list = append(list, mount.Mount{Type: mount.TypeBind, Source: s.ReadOnly[target], Target: target, ReadOnly: true})
	}
	for _, target := range s.Scratch {
		list = append(list, mount.Mount{
			Type: mount.TypeVolume, Target: target, VolumeOptions: &mount.VolumeOptions{NoCopy: true, Labels: s.Labels},
		})
	}
	return list
}

// Exit is how a container ended, or why that is not known.
type Exit struct {
	Code int
	Err  error
}

// NextExit reports the next end of a container. It is to be called before the
// container is started: one that removes itself may be gone right afterwards. The
// channel holds the one value it ever gets.
func (e *Engine) NextExit(ctx context.Context, id string) <-chan Exit {
	done, failed := e.cli.ContainerWait(ctx, id, container.WaitConditionNextExit)
	exit := make(chan Exit, 1)
	go func() { // ends with the container or the context
		select {
		case result := <-done:
			exit <- Exit{Code: int(result.StatusCode)}
		case err := <-failed:
			exit <- Exit{Err: mapped("waiting for container", short(id), err)}
		}
	}()
	return exit
}

// Ending is what the engine knows of how a container ended.
type Ending struct {
	OOMKilled bool
	Fault     string        // the engine's own words; mostly empty
	Took      time.Duration // 0 when not known
}

// InspectEnding looks at a container that has ended.
func (e *Engine) InspectEnding(ctx context.Context, id string) (Ending, error) {
	c, err := e.cli.ContainerInspect(ctx, id)
	if err != nil {
		return Ending{}, mapped("inspecting container", short(id), err)
	}
	ending := Ending{OOMKilled: c.State.OOMKilled, Fault: c.State.Error}
	began, ended := instant(c.State.StartedAt), instant(c.State.FinishedAt)
	if !began.IsZero() && ended.After(began) {
		ending.Took = ended.Sub(began)
	}
	return ending, nil
}

// ReadTree reads a file or folder of a container, which need not run, as a tar
// archive whose names begin with the last part of path. The caller closes it.
func (e *Engine) ReadTree(ctx context.Context, id, path string) (io.ReadCloser, error) {
	archive, _, err := e.cli.CopyFromContainer(ctx, id, path)
	return archive, mapped("copying from container", short(id)+" "+path, err)
}
