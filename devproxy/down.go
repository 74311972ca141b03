package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/stack"
)

// stopPatience covers a container's grace period, and the engine's own time.
const stopPatience = 90 * time.Second

// downOptions are the flags of `down`.
type downOptions struct {
	composeFlags
	volumes bool
	json    bool
}

// downDocument is what --json prints.
type downDocument struct {
	form
	Stopped    bool     `json:"stopped"`         // a devproxy that ran
	Project    string   `json:"project"`         // the compose project; "" where there was none
	Containers int      `json:"containers"`      // how many were removed
	Volumes    []string `json:"volumes"`         // of the project
	Removed    bool     `json:"volumes_removed"` // they are gone, or kept
}

func newDown() *cobra.Command {
	o := new(downOptions)
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Stop the running devproxy and what it started",
		Long: "Stop the running devproxy, and remove the containers and networks of the docker\n" +
			"backend, also those that were kept or that a killed devproxy left.",
		Example: "  devproxy down\n  devproxy down -v\n  devproxy down --file compose.yml\n  devproxy down --json",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.add(cmd.Flags(), "f")
	cmd.Flags().BoolVarP(&o.volumes, "volumes", "v", false, "remove the docker backend's volumes too, and what they hold")
	jsonFlag(cmd, &o.json)
	return cmd
}

func (o *downOptions) run(cmd *cobra.Command) error {
	p, err := findRunning()
	if err != nil {
		return err
	}
	running, err := runningState(cmd.Context(), p)
	if err != nil {
		return err
	}
	if running != nil {
		if err := stopRunning(cmd.Context(), newAdmin(p)); err != nil {
			return err
		}
		if !o.json {
			fmt.Fprintln(cmd.OutOrStdout(), "devproxy has stopped")
		}
	}
	done, err := o.clear(cmd, p, running)
	if err == nil && o.json {
		err = writeJSON(cmd.OutOrStdout(), "down", &done)
	}
	return err
}

// stopRunning returns once devproxy has ended.
func stopRunning(ctx context.Context, a *admin) error {
	if err := a.post(ctx, "/stop"); err != nil {
		return err
	}
	giveUp := time.After(stopPatience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if !a.running() {
				return nil
			}
		case <-giveUp:
			return &fault{Code: "not_stopped", Exit: exitFailure, Err: errors.New("devproxy is still stopping")}
		}
	}
}

// clear removes what is left of the project in the engine. A devproxy that
// ended in order left what it was told to keep, and the volumes.
func (o *downOptions) clear(cmd *cobra.Command, p project, running *runnerstatus.Snapshot) (done downDocument, err error) {
	done = downDocument{Stopped: running != nil, Volumes: []string{}}
	if running != nil && running.Compose == nil && len(o.files) == 0 && (!o.volumes || p.storedCompose() == nil) {
		return done, nil // no container engine was asked for, and there may be none
	}
	c, err := o.openOf(cmd.Context(), p, running)
	if f := new(fault); errors.As(err, &f) && f.Code == "no_compose_project" {
		return done, &fault{Code: "not_running", Exit: exitFailure, Err: errors.New("no devproxy runs for this project, and none left a container")}
	}
	if err != nil {
		return done, err
	}
	defer c.close()
	c.Report = func(err error) { fmt.Fprintln(cmd.ErrOrStderr(), "devproxy:", err) }
	containers, volumes, err := o.remove(cmd.Context(), c)
	if err != nil {
		return done, dockerFault(err)
	}
	done.Project, done.Containers, done.Removed = c.Project.Compose.Name, containers, o.volumes
	done.Volumes = append(done.Volumes, volumes...)
	if !o.json {
		o.report(cmd.OutOrStdout(), done.Project, containers, volumes, running != nil)
	}
	return done, nil
}

// remove also gives the number of containers that are gone, and the volumes
// that are, or that are kept.
func (o *downOptions) remove(ctx context.Context, c *opened) (containers int, volumes []string, err error) {
	list, err := c.Engine.Containers(ctx, map[string]string{stack.InstanceLabel: c.Instance})
	if err != nil {
		return 0, nil, err
	}
	if o.volumes {
		if volumes, err = c.volumes(ctx); err != nil {
			return 0, nil, err
		}
	}
	if err := c.Down(ctx, o.volumes); err != nil {
		return 0, nil, err
	}
	if !o.volumes { // now those without a name are in nobody's use
		volumes, err = c.volumes(ctx)
	}
	return len(list), volumes, err
}

// report says what is gone, and what is left on purpose.
func (o *downOptions) report(w io.Writer, project string, containers int, volumes []string, stopped bool) {
	switch {
	case o.volumes && (stopped || containers+len(volumes) > 0):
		fmt.Fprintf(w, "project %s is removed, with its volumes\n", project)
	case containers > 0:
		fmt.Fprintf(w, "project %s is removed (containers: %d)\n", project, containers)
	case !stopped:
		fmt.Fprintf(w, "there was nothing of project %s to remove\n", project)
	}
	for _, volume := range volumes {
		if !o.volumes {
			fmt.Fprintf(w, "volume %s is kept; 'devproxy down -v' removes it\n", volume)
		}
	}
}

// volumes are those of the project that are there: the ones the files name,
// and what its containers had without a name.
func (o *opened) volumes(ctx context.Context) ([]string, error) {
	names, err := o.Engine.UnusedVolumes(ctx, map[string]string{stack.InstanceLabel: o.Instance})
	if err != nil {
		return nil, err
	}
	for _, volume := range o.Project.Compose.Volumes {
		_, err := o.Engine.VolumeLabels(ctx, volume.Name)
		switch {
		case docker.Is(err, docker.CodeVolumeNotFound) || bool(volume.External):
		case err != nil:
			return nil, err
		default:
			names = append(names, volume.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
