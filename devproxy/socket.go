package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// longestSocket is what every system takes for a socket's path: macOS has room
// for 104 bytes.
const longestSocket = 100

// AdminSocket is where the running devproxy takes commands. Deep state folders
// fall back to the temporary one, under a name of the user's own.
func (p project) AdminSocket() string {
	path := filepath.Join(p.StateDir, "admin.sock")
	if len(path) < longestSocket {
		return path
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(os.TempDir(), fmt.Sprintf("%s%x", socketFolders(), sum[:6]), "admin.sock")
}

// socketFolders begins the names of this user's folders in the temporary one.
func socketFolders() string { return fmt.Sprintf("devproxy-%d-", os.Getuid()) }

// leaveFolder removes the folder that only the socket had, unless it is there.
func (p project) leaveFolder() {
	if dir := filepath.Dir(p.AdminSocket()); dir != p.StateDir {
		_ = os.Remove(dir)
	}
}

// forgotten is how old a folder is that no devproxy is just about to listen in.
const forgotten = time.Minute

// sweepSockets removes the folders of devproxys that were killed.
func sweepSockets() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), socketFolders()+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && isOld(info) && isOurs(info) {
			sweepSocket(filepath.Join(dir, "admin.sock"))
		}
	}
}

// sweepSocket removes one that nobody listens on, and its folder. Another
// devproxy may begin to listen there at any time.
func sweepSocket(socket string) {
	before, err := os.Lstat(socket)
	if err == nil && isOld(before) && isRefused(socket) {
		if now, err := os.Lstat(socket); err == nil && sameSocket(before, now) {
			_ = os.Remove(socket)
		}
	}
	_ = os.Remove(filepath.Dir(socket)) // with anything in it, it stays
}

func isRefused(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

func isOld(info fs.FileInfo) bool { return time.Since(info.ModTime()) >= forgotten }
