package stack

import (
	"context"
	"slices"
	"sync"

	"github.com/same-origin/devproxy/compose/docker"
)

// followers are those who follow logs in this process. They hear of a container
// when it is made, so that they are attached before its first word, and are
// waited for before it is removed, so that they have its last.
type followers struct {
	mu   sync.Mutex
	list []*follower
}

func (f *followers) add(one *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, one)
}

func (f *followers) drop(one *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = slices.DeleteFunc(f.list, func(other *follower) bool { return other == one })
}

func (f *followers) all() []*follower {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.list)
}

func (f *followers) created(c docker.Container) {
	for _, one := range f.all() {
		if one.service == "" || one.service == serviceOf(c.Labels) {
			one.attach(c, LogOptions{Since: one.opts.Since})
		}
	}
}

func (f *followers) started(id string) {
	for _, one := range f.all() {
		if t := one.find(id); t != nil {
			t.wake()
		}
	}
}

// drain waits until all have read a stopped container's log to the end.
func (f *followers) drain(ctx context.Context, id string) {
	for _, one := range f.all() {
		t := one.find(id)
		if t == nil {
			continue
		}
		t.finish()
		select {
		case <-t.done:
		case <-one.ctx.Done():
		case <-ctx.Done():
		}
	}
}
