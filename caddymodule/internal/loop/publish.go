package loop

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/bundle"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// publish makes a bundle of what there is. When its content differs from the
// published one it answers from now on, or once it is prepared. While an
// earlier build is to answer there is nothing to do.
func (l *Loop) publish(ctx context.Context) {
	if l.pin != "" {
		return
	}
	files := l.files()
	content, err := l.maker.Make(ctx, files, bundle.WithSource())
	unreadable := err == nil && l.unreadable(content)
	if unreadable && l.hasGoodUI() {
		l.putBack(files, content.Changed(l.published.Bundle))
		content, err = l.maker.Make(ctx, files, bundle.WithSource())
		if err == nil && content.Hash == l.published.Bundle.Hash {
			return // nothing else was saved
		}
	}
	if err != nil {
		if ctx.Err() == nil {
			l.broken(err)
		}
		return
	}
	ext, err := extension.Read(l.dir, content.Files())
	l.err = err
	flawed := err != nil || l.raw() || (unreadable && !l.hasGoodUI())
	switch {
	case ext == nil, err != nil && l.hasGoodUI():
		l.unusable()
		return
	case flawed && l.hasGoodUI():
		return // the build that makes the UI will come here, or tell
	}
	identify(ext, content)
	saved := l.savedNames()
	if unreadable {
		saved = slices.DeleteFunc(saved, build.IsScript)
	}
	l.offer(ctx, Candidate{
		Extension: ext, Bundle: content, SourceMap: l.sourceMap(), flawed: flawed,
		savedAt: l.savedAt, began: l.began, saved: saved,
	})
}

// identify says what of ext only its bundle knows.
func identify(ext *extension.Extension, content *bundle.Bundle) {
	ext.Hash = content.Hash
	ext.HasHandler = ext.HasHandler || modeOf(content) == modeSource
}

// modeOf is where the handler of a bundle comes from.
func modeOf(content *bundle.Bundle) string {
	if _, source := content.Digest(extension.SourceFile); source {
		return modeSource
	}
	return modeArtefact
}

// raw says that the UI's sources stand where what is made of them belongs.
func (l *Loop) raw() bool {
	_, made := l.made[event.UI]
	return l.plan.UI.Kind == build.Bundled && !made
}

func (l *Loop) hasGoodUI() bool { return l.published.Bundle != nil && !l.published.flawed }

func (l *Loop) sourceMap() []byte {
	if !l.fromSource() {
		return nil
	}
	return l.made[event.Handler].SourceMap
}

// broken tells why there is no bundle, or none on disk.
func (l *Loop) broken(err error) {
	problem := event.Problem{Message: err.Error()}
	var coded *bundle.Error
	if errors.As(err, &coded) {
		problem.Code = coded.Code
	}
	if problem.Code == bundle.CodeNoManifest {
		// the folder's own words are better, and it may be gone altogether
		_, l.err = extension.Read(l.dir, extension.Tree(l.dir))
		l.unusable()
		return
	}
	l.fail(bundling, build.Result{Problems: []event.Problem{problem}})
}

// files is what goes into the bundle: the folder, what was made over it, and
// one of the handler's two forms.
func (l *Loop) files() overlay {
	o := overlay{base: extension.Tree(l.dir), made: map[string]made{}}
	hidden := map[string]bool{extension.SourceFile: true, extension.HandlerFile: l.fromSource()}
	for target, result := range l.made {
		for name, content := range result.Files {
			if target == event.Handler && !l.fromSource() {
				continue
			}
			o.made[name] = made{content: content, at: l.madeAt[target]}
		}
		for _, name := range result.Hidden {
			hidden[name] = true
		}
	}
	if l.kept != nil {
		// beside a source, it is for the runner elsewhere, which executes nothing else
		hidden[extension.HandlerFile] = l.kept.name == extension.HandlerFile || !l.elsewhere
		delete(o.made, extension.SourceFile)
		o.made[l.kept.name] = made{content: l.kept.content, at: l.kept.at}
	}
	o.hidden = func(name string) bool { return hidden[name] }
	return o
}

// fromSource says that the bundle has the handler's source in place of
// dist/main.wasm.
func (l *Loop) fromSource() bool {
	return l.mode == modeSource && l.made[event.Handler].Files != nil
}

// commit makes a candidate the published content.
func (l *Loop) commit(c Candidate) {
	before := l.State().Bundle
	changed := c.Bundle.Changed(before)
	now := time.Now()
	if c.wish == nil {
		l.remember(c, now)
	}
	l.published, l.publishedAt = c, now
	delete(l.failures, bundling)
	l.done(c)
	l.warnings = l.check(c)
	l.show()
	l.announce(c, changed, scope(changed))
	l.save()
	c.wish.end(nil)
}

// savedNames are what was saved and is not published yet, without what a build
// made of it.
func (l *Loop) savedNames() []string {
	names := slices.Sorted(maps.Keys(l.saved))
	if len(names) > 1 {
		names = slices.DeleteFunc(names, func(name string) bool { return name == extension.HandlerFile })
	}
	return names
}

// done takes what was saved for c for done with.
func (l *Loop) done(c Candidate) {
	maps.DeleteFunc(l.saved, func(_ string, at time.Time) bool { return !at.After(c.savedAt) })
}

// announce tells pages and people; failures that go on are told again, as a
// page forgets them with what is published.
func (l *Loop) announce(c Candidate, changed []string, scope event.Scope) {
	l.awaited = len(l.failures) > 0
	l.hooks.Bus.Publish(event.Published{
		Extension: c.ID, Build: c.Bundle.Build(), Hash: c.Hash, Number: int(l.number.Load()), Changed: changed, Saved: c.saved, Scope: scope,
		Warnings: l.warnings, SavedAt: c.savedAt, At: time.Now(), Earlier: c.earlier,
	})
	if l.pin != "" {
		return // what fails is not what is shown
	}
	for _, target := range []event.Target{event.UI, event.Handler, bundling} {
		if failed, ok := l.failures[target]; ok {
			failed.Extension = c.ID // which was not known when it failed, or another
			l.hooks.Bus.Publish(failed)
		}
	}
}

// scope is what a page must do to show changed.
func scope(changed []string) event.Scope {
	switch {
	case len(changed) == 0:
		return event.None
	case slices.ContainsFunc(changed, func(name string) bool {
		return path.Ext(name) != ".css" && !strings.HasSuffix(name, ".css.map")
	}):
		return event.Page
	}
	return event.Style
}

// check gives what production will refuse or lack.
func (l *Loop) check(c Candidate) []event.Problem {
	problems := bundle.Check(c.Bundle.Files(), bundle.Expectations{UI: c.UI != nil, Capabilities: c.Capabilities, Imports: l.verdict.Imports})
	problems = append(problems, l.misspelt(c.Bundle.Files())...)
	if c.wish != nil { // what the working tree is warned of is not this one's
		return slices.Concat(problems, l.verdict.Warnings)
	}
	for _, target := range []event.Target{event.UI, event.Handler} {
		problems = append(problems, l.made[target].Warnings...)
	}
	return slices.Concat(problems, l.verdict.Warnings, l.artefact.faults)
}
