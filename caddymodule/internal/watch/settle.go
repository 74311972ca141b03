package watch

import "time"

// take sorts out which events matter, so that those of ignored files do not
// keep others waiting.
func (l *loop) take(c contents) {
	for abs, m := range c.marks {
		for _, rel := range l.tree.places(abs) {
			if !l.tree.concerns(rel) {
				continue
			}
			l.whole = l.whole || rel == top || (m.moved && l.tree.dirs[rel])
			l.dirty[rel] = true
			l.happened(m.first, m.last)
		}
	}
	if !c.overflow.IsZero() {
		l.whole = true
		l.happened(c.overflow, c.overflow)
	}
	if c.err != nil {
		l.fallBack(c.err)
		l.happened(time.Now(), time.Now())
	}
}

func (l *loop) happened(first, last time.Time) {
	l.burst.add(first, last, l.activity, l.options.Quiet)
	if l.since.IsZero() || first.Before(l.since) {
		l.since = first
	}
}

// settle looks at what was marked, and offers it unless a save seems to be in
// its middle.
func (l *loop) settle(now time.Time) {
	pass := l.examine()
	late := !now.Before(l.burst.first.Add(l.options.Longest))
	switch {
	case l.polling() && pass.stirred && !late:
		l.burst.last = now // it may go on, so compare once more
	case l.burst.leading && pass.unsettled && !late:
		l.burst.leading = false
	default:
		l.activity = l.burst.last
		l.burst = burst{}
		l.offer()
	}
	l.report()
}

// poll compares the tree, and lets a difference settle.
func (l *loop) poll(now time.Time) {
	waiting := l.ready
	if l.examine().stirred {
		l.happened(now, now)
		l.burst.leading = false
	} else {
		l.ready = waiting
	}
	// A tree that takes long to compare must not take all of a processor.
	took := time.Since(now)
	l.nextPoll = now.Add(max(l.pollEvery(), 5*took))
	l.report()
}

func (l *loop) pollEvery() time.Duration {
	if l.options.Poll > 0 {
		return l.options.Poll
	}
	return 300 * time.Millisecond
}

// examine looks at what was marked, and withdraws a batch that nobody has
// taken, as it may be out of date.
func (l *loop) examine() *pass {
	l.ready = nil
	l.tree.pass = newPass()
	dirty, whole := l.dirty, l.whole
	l.dirty, l.whole = map[string]bool{}, false
	if whole || l.polling() {
		l.rescan()
		l.rescanned = l.rescanned || !l.polling()
		return l.tree.pass
	}
	if err := l.tree.lookAt(dirty); err != nil {
		l.fallBack(err)
		l.rescan()
	} else if l.tree.pass.rules {
		l.rescan()
	}
	return l.tree.pass
}

func (l *loop) offer() {
	if changes := l.tree.changes(); len(changes) > 0 {
		l.ready = &Batch{Changes: changes, FirstSeen: l.since, Rescanned: l.rescanned}
		return
	}
	l.handedOn() // all is as it was
}

func (l *loop) handedOn() {
	l.tree.settle()
	l.ready = nil
	l.rescanned = false
	l.since = l.burst.first
}
