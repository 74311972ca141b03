package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// subscription is one generation of events: the folders that are asked for,
// and the goroutine that takes in what comes. A rescan begins a new one, as
// fsnotify goes on naming a folder that was moved by its old path.
type subscription struct {
	watcher *fsnotify.Watcher
	reading sync.WaitGroup
}

func subscribeTo(in *inbox) (*subscription, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("asking for events: %w", err)
	}
	s := &subscription{watcher: watcher}
	s.reading.Go(func() { in.read(watcher) })
	return s, nil
}

func (s *subscription) add(dir string) error {
	if err := s.watcher.Add(dir); err != nil {
		return fmt.Errorf("asking for events of %s: %w", dir, err)
	}
	return nil
}

// remove takes back what may have gone with the folder already.
func (s *subscription) remove(dir string) {
	_ = s.watcher.Remove(dir)
}

func (s *subscription) close() {
	_ = s.watcher.Close()
	s.reading.Wait()
}

// addAbove asks for the events of the folder that a root is in, or as long as
// that does not exist of the nearest one that does, to learn when the root is
// made or taken away.
func (s *subscription) addAbove(root string) error {
	for dir := nearest(filepath.Dir(root)); ; {
		if err := s.add(dir); err != nil && isLimit(err) {
			return err
		}
		now := nearest(filepath.Dir(root))
		if now == dir {
			return nil
		}
		dir = now
	}
}

// nearest gives a path, or the first folder above it that exists.
func nearest(dir string) string {
	for {
		info, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		if (err == nil && info.IsDir()) || parent == dir {
			return dir
		}
		dir = parent
	}
}
