//go:build unix

package wire

import "syscall"

// Looks says that a connection is looked at before it is used again. Where it
// is not, a Transport is of no use: it uses none twice.
const Looks = true

// isQuiet looks for data, or the end, without waiting and without taking it.
func isQuiet(raw syscall.RawConn) bool {
	quiet := false
	err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
		quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && quiet
}
