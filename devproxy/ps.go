package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/compose/stack"
)

// listing is what `ps --json` prints.
type listing struct {
	form
	Project    string   `json:"project"` // "" while there is none
	Containers []member `json:"containers"`
}

type member struct {
	Service    string        `json:"service"`
	Generation int           `json:"generation"` // 0 for services other than the runner
	Live       bool          `json:"live"`       // has the traffic
	Ours       bool          `json:"ours"`       // made by devproxy, not by Compose
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Image      string        `json:"image"`
	State      string        `json:"state"`
	Health     string        `json:"health,omitempty"`
	ExitCode   int           `json:"exit_code"`
	Created    time.Time     `json:"created"`
	Ports      []publication `json:"ports"`
}

type publication struct {
	Container uint16 `json:"container"`
	Protocol  string `json:"protocol"`
	HostIP    string `json:"host_ip"`
	Host      uint16 `json:"host"`
}

func newPs() *cobra.Command {
	var flags composeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "ps",
		Short:   "List the containers of the docker backend",
		Long:    "List the containers of the docker backend's project, also those that Compose made\nfor it. Of the runner's generations, the live one has the traffic.",
		Example: "  devproxy ps\n  devproxy ps --json\n  devproxy ps --file compose.yml",
		GroupID: "dev",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runPs(cmd, &flags, asJSON) },
	}
	flags.add(cmd.Flags(), "f")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func runPs(cmd *cobra.Command, flags *composeFlags, asJSON bool) error {
	list, absence, err := list(cmd.Context(), flags)
	if err != nil {
		return dockerFault(err)
	}
	if absence != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy:", absence)
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), "ps", &list)
	}
	return list.print(cmd.OutOrStdout())
}

// list also says why it is empty, where it is.
func list(ctx context.Context, flags *composeFlags) (l listing, absence string, err error) {
	c, err := flags.open(ctx)
	if isStarting(err) {
		return listing{Containers: []member{}}, said(err), nil
	}
	if err != nil {
		return listing{}, "", err
	}
	defer c.close()
	l, err = c.listing(ctx)
	if err == nil && len(l.Containers) == 0 {
		if f := noEngine(c.running); f != nil {
			return listing{}, "", f
		}
		absence = c.noContainer()
	}
	return l, absence, err
}

func (o *opened) listing(ctx context.Context) (listing, error) {
	all, err := o.Ps(ctx)
	list := listing{Project: o.Project.Compose.Name, Containers: make([]member, len(all))}
	for i, m := range all {
		list.Containers[i] = o.member(m)
	}
	return list, err
}

func (o *opened) member(m stack.Member) member {
	out := member{
		Service: m.Service, Generation: m.Generation, Live: m.Ours && m.Generation > 0 && m.Generation == o.running.Generation(), Ours: m.Ours,
		ID: m.ID, Name: m.Name, Image: m.Image, State: m.State, Health: string(m.Health), ExitCode: m.ExitCode,
		Created: m.Created, Ports: make([]publication, len(m.Ports)),
	}
	for i, p := range m.Ports {
		out.Ports[i] = publication(p)
	}
	return out
}

func (l listing) print(w io.Writer) error {
	if len(l.Containers) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tGENERATION\tSTATE\tPORTS\tIMAGE\tCONTAINER")
	for _, m := range l.Containers {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Service, m.turn(), m.state(), m.ports(), m.image(), m.Name)
	}
	return table.Flush()
}

func (m member) turn() string {
	switch {
	case m.Live:
		return fmt.Sprintf("%d, live", m.Generation)
	case m.Generation > 0:
		return strconv.Itoa(m.Generation)
	case !m.Ours:
		return "(not ours)"
	}
	return "-"
}

// runs says whether a command can be run in it, and we may.
func (m member) runs() bool { return m.Ours && m.State == "running" }

func (m member) state() string {
	if m.State == "exited" {
		return fmt.Sprintf("exited (%d)", m.ExitCode)
	}
	if m.Health != "" {
		return m.State + ", " + m.Health
	}
	return m.State
}

// image shortens an id to what the engine's own lists show.
func (m member) image() string {
	if id, ok := strings.CutPrefix(m.Image, "sha256:"); ok {
		return fmt.Sprintf("%.12s", id)
	}
	return m.Image
}

func (m member) ports() string {
	list := make([]string, len(m.Ports))
	for i, p := range m.Ports {
		list[i] = fmt.Sprintf("%s:%d->%d/%s", p.HostIP, p.Host, p.Container, p.Protocol)
	}
	return cmp.Or(strings.Join(list, ", "), "-")
}
