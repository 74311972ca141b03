package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/devproxy/internal/screen"
)

// hotKey is one key, and the command or flag that does the same.
type hotKey struct {
	key        rune
	word       string // in the area
	help, twin string
	press      func(*live)
}

// hotKeys are in the order in which they are shown. It is filled in init, as
// the help lists them all.
var hotKeys []hotKey

func init() {
	hotKeys = []hotKey{
		{'o', "open", "open the app in the browser", "devproxy up --open", func(l *live) { l.start("opening the browser", l.open) }},
		{'r', "rebuild", "build every extension anew, and the docker backend's image", "devproxy build; devproxy restart --build", func(l *live) { l.start("rebuilding", l.rebuild) }},
		{'s', "switch", "send requests to another backend", "devproxy use BACKEND", func(l *live) { l.askBackend() }},
		{'l', "logs", "show the log in full, or no longer", "devproxy up --log-level debug", func(l *live) { l.toggleLog() }},
		{'c', "clear", "clear the terminal", "clear", func(l *live) { l.screen.Clear() }},
		{'d', "dashboard", "open the dashboard", "devproxy dashboard", func(l *live) { l.start("opening the dashboard", l.openDashboard) }},
		{'h', "help", "list these keys", "the key ?", func(l *live) { l.help() }},
		{'q', "quit", "stop everything", "Ctrl-C, devproxy down", func(l *live) { l.quit() }},
	}
}

// takeKeys listens where the input is a terminal, too. COMMAND never reads it:
// its input is a pipe that stays silent.
func (l *live) takeKeys() {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return
	}
	keys, err := screen.TakeKeys(os.Stdin)
	if err != nil {
		return // started in the background, or without a shell: it only shows
	}
	l.keys = keys
	go keys.Read(l.ctx, l.press, l.again) // a read ends with the process only
}

func (l *live) press(key rune) {
	if l.ctx.Err() != nil || l.chose(key) {
		return
	}
	for _, k := range hotKeys {
		if k.key == key || (k.key == 'h' && key == '?') {
			k.press(l)
		}
	}
}

// start does what takes a while; there is one such thing at a time.
func (l *live) start(doing string, do func(context.Context) error) {
	if l.work.Err() != nil {
		return // it is ending
	}
	l.mu.Lock()
	busy, ready := l.doing, l.ready
	if busy == "" && ready {
		l.doing = doing
	}
	l.mu.Unlock()
	if busy != "" || !ready {
		fmt.Fprintln(l.out, "devproxy:", orStarting(busy), "still; press the key again after that")
		return
	}
	l.show()
	go func() {
		err := do(l.work)
		l.mu.Lock()
		l.doing = ""
		l.mu.Unlock()
		if err != nil && l.work.Err() == nil {
			l.complain(err)
		}
		l.show()
	}()
}

func orStarting(busy string) string {
	if busy == "" {
		return "starting"
	}
	return busy
}

// complain says it as the command would.
func (l *live) complain(err error) {
	f := asFault(err)
	fmt.Fprintln(l.out, "devproxy:", f)
	if f.Fix != "" {
		fmt.Fprintln(l.out, "  fix:", f.Fix)
	}
}

func (l *live) open(context.Context) error {
	openBrowser(l.out, l.url)
	return nil
}

func (l *live) rebuild(ctx context.Context) error {
	builds, err := l.client().build(ctx, "")
	if err != nil {
		return err
	}
	err = (&buildPrinter{out: l.out, err: l.out, running: true}).print(builds)
	l.mu.Lock()
	docker := l.now.Docker()
	l.mu.Unlock()
	if docker == nil || !docker.Selected {
		return err
	}
	after, restartErr := l.client().restart(ctx, "", true)
	if restartErr == nil {
		fmt.Fprintf(l.out, "generation %d of %s has the traffic\n", after.Generation(), docker.Name)
	}
	return errors.Join(err, restartErr)
}

// client is one of its own for each request that may take long.
func (l *live) client() *admin {
	c := *l.admin
	http := *c.client
	c.client = &http
	return &c
}

// askBackend asks by a row which backend is to get the requests.
func (l *live) askBackend() {
	l.mu.Lock()
	var names []string
	for _, b := range l.now.Backends {
		if !b.Selected && b.Status != runnerstatus.Unconfigured && len(names) < 9 {
			names = append(names, b.Name)
		}
	}
	l.menu = names
	l.mu.Unlock()
	if len(names) == 0 {
		fmt.Fprintln(l.out, "devproxy: there is no other backend; the Caddyfile names them")
	}
	l.show()
}

// chose takes a key for the answer while something is asked.
func (l *live) chose(key rune) bool {
	l.mu.Lock()
	names := l.menu
	l.menu = nil
	l.mu.Unlock()
	if names == nil {
		return false
	}
	if at := int(key - '1'); at >= 0 && at < len(names) {
		name := names[at]
		l.start("asking "+name, func(ctx context.Context) error { return l.use(ctx, name) })
		return true
	}
	l.show()
	return true
}

func (l *live) use(ctx context.Context, name string) error {
	o := new(useOptions)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute) // as `use` does
	defer cancel()
	after, err := l.client().use(ctx, name, o.query(name))
	if err != nil {
		return err
	}
	return o.report(l.out, name, after)
}

// toggleLog shows everything, or what was shown at first.
func (l *live) toggleLog() {
	l.mu.Lock()
	if l.level == "" {
		l.mu.Unlock()
		fmt.Fprintln(l.out, "devproxy: the Caddyfile says how the runner's log is written; its level is changed there, or with --log-level")
		return
	}
	full := l.level != "debug"
	if full {
		l.before, l.level = l.level, "debug"
	} else if l.level = l.before; l.level == "" || l.level == "debug" {
		l.level = "info"
	}
	now := l.level
	l.mu.Unlock()
	showFrom(now)
	fmt.Fprintf(l.out, "devproxy: the log is shown from %s on\n", now)
}

func (l *live) openDashboard(ctx context.Context) error {
	address, err := l.client().dashboard(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(l.out, "dashboard:", address)
	openBrowser(l.out, address)
	return nil
}

func (l *live) help() {
	table := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', 0)
	for _, k := range hotKeys {
		fmt.Fprintf(table, "  %c\t%s\t%s\n", k.key, k.help, k.twin)
	}
	_ = table.Flush() // the terminal is gone: nobody to tell
}

// quit is Ctrl-C.
func (l *live) quit() {
	select {
	case l.signals <- os.Interrupt:
	default: // two wait already
	}
}

// openBrowser says where to go when no browser can be opened.
func openBrowser(w io.Writer, url string) {
	if err := openQuietly(url); err != nil {
		fmt.Fprintln(w, "devproxy: browser_not_opened:", err)
		fmt.Fprintln(w, "  fix: open", url, "yourself")
	}
}
