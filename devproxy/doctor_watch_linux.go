package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// unwatched are the folders that the change loop leaves out as well.
var unwatched = []string{".git", "node_modules", "dist"}

// checkWatches takes the watches that the change loop would, all at once, and
// gives them back: whether there are enough of them depends on what other
// programs of this user hold.
func checkWatches(_ context.Context, p *patient) []finding {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		return []finding{{State: stateWarning, Code: "watch_instances", Cause: "no more watchers may be opened, so extensions are polled",
			Evidence: fmt.Sprintf("%v; %s", err, inotifyLimit("instances")),
			Fix:      "sudo sysctl fs.inotify.max_user_instances=512 (to keep it: put that setting into /etc/sysctl.d/60-inotify.conf), or end programs that watch files"}}
	}
	defer syscall.Close(fd)
	taken := 0
	for _, dir := range p.extensions {
		n, err := watchAll(fd, dir)
		taken += n
		if errors.Is(err, syscall.ENOSPC) {
			return []finding{{State: stateWarning, Code: "watch_limit", Cause: "there are too few watches for the extensions, so they are polled",
				Evidence: fmt.Sprintf("after %d folders: %v; %s", taken, err, inotifyLimit("watches")),
				Fix:      "sudo sysctl fs.inotify.max_user_watches=524288 (to keep it: put that setting into /etc/sysctl.d/60-inotify.conf)"}}
		}
	}
	return fine("%d folder(s) can be watched; %s, %s", taken, inotifyLimit("watches"), inotifyLimit("instances"))
}

// watchAll watches a folder and those below it, as far as they can be read.
func watchAll(fd int, dir string) (taken int, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && entry != nil && entry.IsDir():
			return fs.SkipDir // the change loop names it itself
		case err != nil || !entry.IsDir():
			return nil
		case path != dir && slices.Contains(unwatched, entry.Name()):
			return fs.SkipDir
		}
		if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_MODIFY); errors.Is(err, syscall.ENOSPC) {
			return err
		}
		taken++
		return nil
	})
	return taken, err
}

// inotifyLimit reads "fs.inotify.max_user_watches=16384".
func inotifyLimit(of string) string {
	name := "max_user_" + of
	text, err := os.ReadFile(filepath.Join("/proc/sys/fs/inotify", name))
	if err != nil {
		return name + " is unknown"
	}
	return "fs.inotify." + name + "=" + strings.TrimSpace(string(text))
}
