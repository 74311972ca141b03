package loop

import (
	"context"
	"io/fs"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// settling is how long a file may be empty before it is meant to be: editors
// cut it off before they write it anew.
const settling = 50 * time.Millisecond

// publishMeanwhile is publish for a cause other than a save. What a save is
// about to write must not be read halfway: the watcher waits for that, and
// so does this, once.
func (l *Loop) publishMeanwhile(ctx context.Context) {
	if l.watcher == nil || !l.cutOff() {
		l.publish(ctx)
		return
	}
	l.waiting = true
	l.due.Reset(settling)
}

// cutOff says that a file is empty that was not when it was published.
func (l *Loop) cutOff() bool {
	if l.published.Bundle == nil {
		return false
	}
	tree, cut := extension.Tree(l.dir), false
	_ = fs.WalkDir(l.published.Bundle.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if now, err := fs.Stat(tree, name); err == nil && now.Mode().IsRegular() && now.Size() == 0 {
			before, err := entry.Info()
			cut = cut || err == nil && before.Size() > 0
		}
		return nil
	})
	return cut
}
