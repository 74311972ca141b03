package watch

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// isLimit says that the system gives out no more watches.
func isLimit(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// noEvents says why a folder is polled.
func noEvents(root string, err error, every time.Duration) event.Problem {
	p := event.Problem{
		File: root,
		Code: "watch_limit",
		Message: fmt.Sprintf("the system gives no more file events (%v), so the folder is compared every %v instead",
			err, every),
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		p.Fix = "allow more watches: sudo sysctl fs.inotify.max_user_watches=524288 " +
			"(to keep it: put that setting into /etc/sysctl.d/60-inotify.conf), then start again"
	case isLimit(err):
		p.Fix = "allow more watchers and open files: sudo sysctl fs.inotify.max_user_instances=512; ulimit -n 8192; then start again"
	default:
		p.Code = "watch_unsupported"
		p.Fix = "put the project on a local disk if saves should be noticed at once"
	}
	return p
}

func onNetwork(root, kind string, every time.Duration) event.Problem {
	return event.Problem{
		File: root,
		Code: "watch_network",
		Message: fmt.Sprintf("a %s file system does not tell of changes made elsewhere, so the folder is compared every %v",
			kind, every),
		Fix: "put the project on a local disk if saves should be noticed at once",
	}
}

func notReadable(dir string, err error) event.Problem {
	return event.Problem{
		File:    dir,
		Code:    "watch_unreadable",
		Message: fmt.Sprintf("the folder is not watched: %v", err),
		Fix:     "allow reading it, or put it into .gitignore (.dockerignore for a container's build context)",
	}
}

func badRules(root string, err error) event.Problem {
	return event.Problem{
		File:    root,
		Code:    "watch_rules",
		Message: fmt.Sprintf("nothing is ignored by the file: %v", err),
		Fix:     "see https://docs.docker.com/build/concepts/context/#syntax",
	}
}

func unreachable(root string, err error) event.Problem {
	return event.Problem{
		File:    root,
		Code:    "watch_unreachable",
		Message: fmt.Sprintf("comparing the folder broke off, and is tried again: %v", err),
		Fix:     "look whether its disk or network mount answers",
	}
}
