package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/shirou/gopsutil/v4/disk"
)

// checkState looks at the state folder with the eyes of `up`, which makes it.
// A look must not, so only what is there is judged.
func checkState(_ context.Context, p *patient) []finding {
	for _, dir := range []string{p.project.StateDir, filepath.Dir(p.project.AdminSocket())} {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return []finding{unwritable(dir, "there is a file of that name")}
		case err == nil && !isOurs(info):
			return []finding{{State: stateWrong, Code: "state_unsafe", Cause: "the state folder is another user's", Evidence: dir,
				Fix: "remove it, or set XDG_STATE_HOME to a folder of your own"}}
		case err == nil && info.Mode().Perm()&0o022 != 0:
			return []finding{unsafe(dir, info.Mode())}
		case err == nil, errors.Is(err, fs.ErrNotExist):
			if err := writable(existing(dir)); err != nil {
				return []finding{unwritable(dir, err.Error())}
			}
		default:
			return []finding{unwritable(dir, err.Error())}
		}
	}
	return fine("%s can be written to, by you alone", p.project.StateDir)
}

func unwritable(dir, why string) finding {
	return finding{State: stateWrong, Code: "state_unwritable", Cause: "the state folder cannot be made or written to", Evidence: dir + ": " + why,
		Fix: "make it writable, or set XDG_STATE_HOME to a folder that is"}
}

// unsafe is a folder of ours that others can write to.
func unsafe(dir string, mode fs.FileMode) finding {
	return finding{
		State: stateWrong, Code: "state_unsafe", Cause: "others can write to the state folder", Evidence: fmt.Sprintf("%s has mode %04o", dir, mode.Perm()),
		Fix: "chmod 700 " + shellWord(dir), Repair: "chmod 700 " + shellWord(dir),
		repair: func(context.Context) error { return os.Chmod(dir, 0o700) },
	}
}

// existing is the nearest folder upwards that is there.
func existing(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

// writable tries it, since rights are not all that there is to it.
func writable(dir string) error {
	file, err := os.CreateTemp(dir, ".devproxy-doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// checkSocket finds the admin socket of a devproxy that was killed.
func checkSocket(_ context.Context, p *patient) []finding {
	socket := p.project.AdminSocket()
	if p.running {
		return fine("a devproxy runs for %s", p.project.Dir)
	}
	if _, err := os.Lstat(socket); err != nil {
		return fine("no devproxy runs for %s, and none left a socket", p.project.Dir)
	}
	return []finding{{
		State: stateWarning, Code: "socket_stale", Cause: "a devproxy that was killed left its socket", Evidence: "nobody listens on " + socket,
		Fix: "rm " + shellWord(socket) + "; the next 'devproxy up' does so too", Repair: "remove " + socket,
		repair: func(context.Context) error {
			if newAdmin(p.project).running() {
				return errors.New("a devproxy has been started meanwhile")
			}
			return os.Remove(socket)
		},
	}}
}

// What builds, compiled handlers and copies of the runner need in the state
// and cache folders.
const roomNeeded = 256 << 20

// checkDisk looks where devproxy writes.
func checkDisk(ctx context.Context, p *patient) []finding {
	places := []string{p.project.StateDir, os.TempDir()}
	if cache, err := os.UserCacheDir(); err == nil {
		places = append(places, cache)
	}
	var low []finding
	for _, dir := range places {
		usage, err := disk.UsageWithContext(ctx, existing(dir))
		if err == nil && usage.Free < roomNeeded {
			low = append(low, finding{State: stateWrong, Code: "disk_low", Cause: "there is little room where devproxy writes",
				Evidence: fmt.Sprintf("%s has %d MiB left of %d MiB", dir, usage.Free>>20, usage.Total>>20),
				Fix:      fmt.Sprintf("free %d MiB, or set XDG_STATE_HOME, XDG_CACHE_HOME and TMPDIR to folders with room", roomNeeded>>20)})
		}
	}
	if len(low) > 0 {
		return low
	}
	return fine("there is room for state, cache and temporary files")
}
