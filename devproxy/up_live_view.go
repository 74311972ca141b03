package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// view is what the live area shows.
type view struct {
	url   string
	now   runnerstatus.Snapshot
	ready bool
	at    time.Time
	width int
	keys  bool
	menu  []string
	doing string
	paint func(style, text string) string
}

const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// mostShown is how many extensions have a row.
const mostShown = 6

// noticed is how long a task goes on before it has a row.
const noticed = 300 * time.Millisecond

// columns is the width where it is known.
func (v view) columns() int {
	if v.width <= 0 {
		return 80
	}
	return v.width
}

// rows are the area, the most important first and the keys last: what does not
// fit is cut between.
func (v view) rows() []string {
	rows := []string{v.paint(faint, strings.Repeat("─", min(v.columns()-1, 72)))}
	rows = append(rows, v.origin())
	if v.now.Error != "" {
		rows = append(rows, v.fault("", v.now.Error))
	}
	for _, b := range v.now.Backends {
		if b.Error != nil && (b.Selected || b.Share != nil) {
			rows = append(rows, v.fault(b.Name, b.Error.Code+": "+b.Error.Message))
		}
	}
	rows = append(rows, v.extensions()...)
	rows = append(rows, v.tasks()...)
	if last := v.last(); last != "" {
		rows = append(rows, last)
	}
	return rows
}

// origin is the URL, and each backend with its state.
func (v view) origin() string {
	if !v.ready {
		return v.paint(bold, v.url) + "  starting"
	}
	parts := []string{v.paint(bold, v.url)}
	for _, b := range v.now.Backends {
		if !b.Selected && (b.Status == runnerstatus.Stopped || b.Status == runnerstatus.Unconfigured) {
			continue
		}
		text := b.Name + " " + v.state(b.Status)
		switch {
		case b.Selected:
			text += ", selected"
		case b.Share != nil && b.Share.Percent > 0:
			text += fmt.Sprintf(", %d %%", b.Share.Percent)
		case b.Share != nil:
			text += ", a part"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "  ")
}

func (v view) state(status string) string {
	switch status {
	case "up":
		return v.paint(green, status)
	case "down":
		return v.paint(red, status)
	case runnerstatus.Starting:
		return v.paint(yellow, status)
	}
	return status
}

func (v view) fault(who, what string) string {
	if who != "" {
		who += ": "
	}
	what, _, _ = strings.Cut(what, "\n")
	return v.paint(red, "error") + " " + who + what
}

func (v view) extensions() (rows []string) {
	list := slices.Clone(v.now.Extensions)
	slices.SortStableFunc(list, func(a, b runnerstatus.Extension) int { // what is wrong must be seen
		return cmp.Compare(min(len(problemOf(b)), 1), min(len(problemOf(a)), 1))
	})
	for i, e := range list {
		if i == mostShown-1 && len(list) > mostShown {
			return append(rows, fmt.Sprintf("and %d more extensions; see 'devproxy status'", len(list)-i))
		}
		rows = append(rows, v.extension(e))
	}
	if v.ready && len(list) == 0 {
		rows = append(rows, "no extension; 'devproxy init DIR' writes one, 'devproxy up --extension DIR' loads it")
	}
	return rows
}

func (v view) extension(e runnerstatus.Extension) string {
	name := cmp.Or(e.ID, relative(e.Dir))
	if problem := problemOf(e); problem != "" {
		if e.Build != "" {
			problem += "; build " + e.Build + " goes on"
		}
		return v.fault(name, problem)
	}
	parts := []string{name, e.Build}
	if !e.Published.IsZero() {
		parts = append(parts, v.paint(faint, e.Published.Local().Format("15:04:05")))
	}
	if e.LatestBuild != "" {
		parts = append(parts, v.paint(yellow, "an earlier build, not the working tree"))
	}
	switch e.Handler.Status {
	case "ready", "none", "":
	default:
		parts = append(parts, v.paint(yellow, "handler "+e.Handler.Status))
	}
	if n := len(e.Warnings); n > 0 {
		parts = append(parts, v.paint(yellow, counted(n, "warning")))
	}
	return strings.Join(parts, "  ")
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// problemOf is what keeps the newest save from being shown; empty for nothing.
func problemOf(e runnerstatus.Extension) string {
	switch {
	case len(e.Problems) > 0:
		p := e.Problems[0]
		if p.File != "" && !filepath.IsAbs(p.File) {
			p.File = relative(filepath.Join(e.Dir, filepath.FromSlash(p.File)))
		}
		return p.String()
	case e.Error != nil:
		return e.Error.Code + ": " + e.Error.Message
	}
	return ""
}

// tasks are what goes on, with how long and how much of it is done.
func (v view) tasks() (rows []string) {
	for _, t := range v.now.Tasks {
		if v.at.Sub(t.Began) >= noticed {
			rows = append(rows, v.paint(yellow, "…")+" "+t.String()+"  "+t.Progress(v.at))
		}
	}
	if v.doing != "" {
		rows = append(rows, v.paint(yellow, "…")+" "+v.doing)
	}
	return rows
}

// last is the row of the keys, or what they ask.
func (v view) last() string {
	switch {
	case !v.keys:
		return ""
	case v.menu != nil:
		parts := []string{"requests go to:"}
		for i, name := range v.menu {
			parts = append(parts, fmt.Sprintf("%d %s", i+1, name))
		}
		return strings.Join(append(parts, "esc none"), "  ")
	}
	var words, letters []string
	for _, k := range hotKeys {
		words = append(words, string(k.key)+" "+k.word)
		letters = append(letters, string(k.key))
	}
	row := strings.Join(words, "  ")
	if len(row) >= v.columns() {
		row = strings.Join(letters, " ") + "  (h: help)"
	}
	return v.paint(faint, row)
}
