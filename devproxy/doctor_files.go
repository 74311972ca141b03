package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"
)

// remoteKinds are file systems that others may write to without an event here,
// as the system names them.
var remoteKinds = []string{"nfs", "cifs", "smb", "smb2", "smbfs", "v9fs", "9p", "fuse", "fuseblk", "vboxsf", "virtiofs", "ceph", "afs", "osxfs", "webdav"}

// isRemoteKind also takes "fuse.sshfs" and "nfs4".
func isRemoteKind(kind string) bool {
	kind = strings.ToLower(kind)
	for _, remote := range remoteKinds {
		if kind == remote || strings.HasPrefix(kind, remote+".") || (remote == "nfs" && strings.HasPrefix(kind, remote)) {
			return true
		}
	}
	return false
}

// checkFileSystems looks for mounts on which events, locks or sockets do not
// work.
func checkFileSystems(ctx context.Context, p *patient) []finding {
	var found []finding
	kinds := map[string]bool{}
	for _, dir := range append([]string{p.project.Dir}, p.extensions...) {
		kind := kindOf(ctx, dir)
		if isRemoteKind(kind) {
			found = append(found, finding{State: stateWarning, Code: "watch_network", Cause: "a watched folder lies on a file system that tells nothing of changes, so it is polled",
				Evidence: dir + " is on " + kind, Fix: "keep the folder on a disk of this machine (on WSL: below your Linux home, not /mnt)"})
		}
		kinds[kind] = true
	}
	if kind := kindOf(ctx, p.project.StateDir); isRemoteKind(kind) {
		found = append(found, finding{State: stateWarning, Code: "state_network", Cause: "the state folder lies on a file system where sockets and locks may fail",
			Evidence: p.project.StateDir + " is on " + kind, Fix: "set XDG_STATE_HOME to a folder on a disk of this machine"})
	}
	if len(found) > 0 {
		return found
	}
	return fine("changes are told by %s", strings.Join(sortedKeys(kinds), ", "))
}

// kindOf is "" where the system does not say.
func kindOf(ctx context.Context, dir string) string {
	usage, err := disk.UsageWithContext(ctx, existing(dir))
	if err != nil {
		return ""
	}
	return usage.Fstype
}

// checkOpenFiles looks at the limit after Go has raised it as far as it may.
func checkOpenFiles(context.Context, *patient) []finding {
	const needed = 512 // an app, its sockets, watched folders and a container's streams
	limit, known := openFiles()
	switch {
	case !known:
		return skipped("this system has no such limit")
	case limit < needed:
		return []finding{{State: stateWrong, Code: "open_files_low", Cause: "too few files and connections may be open at once",
			Evidence: fmt.Sprintf("the limit is %d, and %d are needed", limit, needed), Fix: "ulimit -n 8192, or raise the hard limit (nofile in /etc/security/limits.conf)"}}
	}
	return fine("%d may be open at once", limit)
}
