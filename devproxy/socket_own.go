// socket_own.go contains the admin socket of this process, and its end.

package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// ownSocket is the file that this process listens on. By the time that it ends,
// the next devproxy may have put one of its own there.
type ownSocket struct {
	project project
	file    atomic.Pointer[fs.FileInfo] // nil until Caddy listens
}

// note is for the moment from which on Caddy listens.
func (s *ownSocket) note() {
	if info, err := os.Lstat(s.project.AdminSocket()); err == nil {
		s.file.Store(&info)
	}
}

// leave is the end of a devproxy whose listener Caddy does not close.
func (s *ownSocket) leave() {
	now, err := os.Lstat(s.project.AdminSocket())
	if noted := s.file.Load(); err == nil && (noted == nil || sameSocket(*noted, now)) {
		_ = os.Remove(s.project.AdminSocket())
	}
	s.project.leaveFolder()
}

// sameSocket does not go by the file's number alone, which is given again.
func sameSocket(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}

// leaveToCaddy is the end in order. Caddy closes its listener as the last thing,
// and then removes whatever has the socket's name: were ours gone before, that
// would be the next devproxy's. A folder of the socket's own is removed right
// after it: Caddy waits for a connection that has not asked anything yet, for
// some seconds, so it waits for us.
func (s *ownSocket) leaveToCaddy(ctx context.Context) {
	socket := s.project.AdminSocket()
	if filepath.Dir(socket) == s.project.StateDir {
		return
	}
	silent, err := net.Dial("unix", socket)
	if err != nil {
		s.project.leaveFolder()
		return
	}
	_ = newAdmin(s.project).post(ctx, "/") // whose answer says that Caddy has taken the one before, too
	go func() {
		defer silent.Close()
		for {
			if _, err := os.Lstat(socket); errors.Is(err, fs.ErrNotExist) {
				s.project.leaveFolder()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
}
