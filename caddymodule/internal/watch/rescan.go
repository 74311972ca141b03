package watch

import (
	"slices"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// rescan compares the whole tree, by new rules and with a new subscription.
func (l *loop) rescan() {
	rules, err := newRules(l.options)
	if err != nil {
		l.say(badRules(l.options.Root, err))
	}
	l.tree.rules = rules
	l.tree.resolve()
	if err := l.resubscribe(); err != nil {
		l.fallBack(err)
	}
	// What was looked at before the subscription may have changed since.
	pass := l.tree.pass
	clear(pass.walked)
	clear(pass.seen)
	clear(pass.read)
	err = l.tree.lookAtAll()
	if err != nil && !l.polling() {
		l.fallBack(err)
		clear(pass.walked)
		err = l.tree.lookAtAll()
	}
	if err != nil {
		l.say(unreachable(l.options.Root, err))
	}
}

// resubscribe begins a new generation of events, unless there are none here.
func (l *loop) resubscribe() error {
	l.unsubscribeAll()
	if l.polling() {
		return nil
	}
	root := l.options.Root
	if kind, is := remote(nearest(root)); is {
		l.say(onNetwork(root, kind, l.pollEvery()))
		l.nextPoll = time.Now().Add(l.pollEvery())
		return nil
	}
	var err error
	if l.events, err = subscribeTo(l.inbox); err != nil {
		return err
	}
	if err := l.events.addAbove(root); err != nil {
		return err
	}
	if l.tree.real == root {
		return nil
	}
	return l.events.addAbove(l.tree.real)
}

// fallBack goes over to polling for good.
func (l *loop) fallBack(err error) {
	l.unsubscribeAll()
	if !l.polling() {
		l.say(noEvents(l.options.Root, err, l.pollEvery()))
		l.nextPoll = time.Now().Add(l.pollEvery())
	}
}

func (l *loop) unsubscribeAll() {
	if l.events != nil {
		l.events.close()
		l.events = nil
	}
}

func (l *loop) subscribe(dir string) error {
	if l.events == nil {
		return nil
	}
	return l.events.add(dir)
}

func (l *loop) unsubscribe(dir string) {
	if l.events != nil {
		l.events.remove(dir)
	}
}

func (l *loop) unreadable(dir string, err error) { l.say(notReadable(dir, err)) }

// say tells of a problem once.
func (l *loop) say(p event.Problem) {
	same := func(q event.Problem) bool { return q.Code == p.Code && q.File == p.File }
	if slices.ContainsFunc(l.problems, same) {
		return
	}
	l.problems = append(l.problems, p)
	l.options.Log.Warn(p.Message, "folder", p.File, "code", p.Code, "fix", p.Fix)
}

func (l *loop) report() {
	s := Status{Mode: Events, Dirs: len(l.tree.dirs), Files: len(l.tree.files), Problems: slices.Clone(l.problems)}
	if l.polling() {
		s.Mode = Polling
	}
	l.watcher.setStatus(s)
}

var _ source = (*loop)(nil)
