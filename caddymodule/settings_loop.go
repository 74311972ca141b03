// settings_loop.go contains the parts of App's JSON that are about the change
// loop: watch, build, reload.

package caddymodule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/livereload"
	"github.com/same-origin/devproxy/caddymodule/internal/loop"
)

// Build says how an extension becomes what the runner serves. What is left
// out follows from the folder: scripts of package.json, else TypeScript and
// JSX are bundled in process, else files are served as they are.
type Build struct {
	// Off serves the files as they are. Default: false.
	Off bool `json:"off,omitempty"`

	// Command builds all of the extension; it runs in a shell, in the
	// extension's folder.
	Command string `json:"command,omitempty"`

	// UI and Handler build one part each.
	UI      string `json:"ui,omitempty"`
	Handler string `json:"handler,omitempty"`

	// Outputs are what the commands write, relative to the folder; changes
	// there start no build. Default: `dist`.
	Outputs []string `json:"outputs,omitempty"`

	// Entry is the handler's source. Default: `src/handler.ts` and its like.
	Entry string `json:"entry,omitempty"`

	// Source is `on` to run the handler from its source, without the seconds
	// of componentize; `strict` to do so with production's clock, timers and
	// console; `off` to run dist/main.wasm only. Default: `on`.
	Source string `json:"source,omitempty"`

	// NoArtefact leaves dist/main.wasm to you while the handler runs from its
	// source. Otherwise it is made in the background, once nothing was saved
	// for 3 s, for the runners that execute nothing else. Default: false.
	NoArtefact bool `json:"no_artefact,omitempty"`

	// Container is where the commands run. Default: on this machine.
	Container *BuildContainer `json:"container,omitempty"`
}

// LiveReload says how pages show a new build.
type LiveReload struct {
	// Mode is `hot` to swap stylesheets in place and load the iframe again
	// for everything else, `full` to always do the latter, or `off`, which
	// changes no page. Default: `hot`.
	Mode string `json:"mode,omitempty"`

	// NoOverlay, NoBadge and NoConsole leave out the message over a page
	// whose build failed, the build id in its corner, and the browser's
	// errors in the terminal. Default: false.
	NoOverlay bool `json:"no_overlay,omitempty"`
	NoBadge   bool `json:"no_badge,omitempty"`
	NoConsole bool `json:"no_console,omitempty"`

	// Editor opens the places that messages name, such as `code -g`.
	// Default: `$VISUAL`, else `$EDITOR`.
	Editor string `json:"editor,omitempty"`
}

var (
	watchModes  = []string{"on", "poll", "off"}
	sourceModes = []string{"on", "off", "strict"}
	reloadModes = []string{"hot", "full", "off"}
)

// validateLoop repeats, for JSON users, what the Caddyfile parser checks.
func (a *App) validateLoop() error {
	if err := among("watch", a.Watch, watchModes); err != nil {
		return err
	}
	if a.History < 0 {
		return fmt.Errorf("history: %d builds cannot be kept; write 1 or more", a.History)
	}
	if a.LiveReload != nil {
		if err := among("live_reload", a.LiveReload.Mode, reloadModes); err != nil {
			return err
		}
	}
	for i, extension := range a.Extensions {
		if extension == nil || extension.Build == nil {
			continue
		}
		if err := among(fmt.Sprintf("extensions[%d]: source", i), extension.Build.Source, sourceModes); err != nil {
			return err
		}
		if err := extension.Build.validateContainer(); err != nil {
			return fmt.Errorf("extensions[%d]: %w", i, err)
		}
	}
	return nil
}

// among checks a word; none is the default.
func among(what, word string, words []string) error {
	if word == "" || slices.Contains(words, word) {
		return nil
	}
	return fmt.Errorf("%s is %s, not %q%s", what, strings.Join(words, " or "), word, didYouMean(word, words))
}

// loopOptions are the change loop's settings for one extension.
func (a *App) loopOptions(e *Extension, resolve func(string) string) loop.Options {
	b := Build{}
	if e.Build != nil {
		b = *e.Build
	}
	return loop.Options{
		Watch:     loop.WatchMode(cmp.Or(a.Watch, string(loop.WatchOn))),
		History:   cmp.Or(a.History, loop.DefaultHistory),
		Source:    loop.SourceMode(cmp.Or(b.Source, string(loop.SourceOn))),
		Artefacts: !b.NoArtefact,
		Build: build.Overrides{
			Off: b.Off, Build: resolve(b.Command), UI: resolve(b.UI), Handler: resolve(b.Handler),
			Outputs: b.Outputs, HandlerEntry: b.Entry, Container: b.Container.settings(resolve),
		},
	}
}

func (a *App) liveReload(resolve func(string) string) engine.LiveReload {
	if a.LiveReload == nil {
		return engine.LiveReload{Mode: livereload.Hot}
	}
	l := a.LiveReload
	return engine.LiveReload{
		Mode: cmp.Or(livereload.Mode(l.Mode), livereload.Hot), Editor: resolve(l.Editor),
		NoOverlay: l.NoOverlay, NoBadge: l.NoBadge, NoConsole: l.NoConsole,
	}
}
