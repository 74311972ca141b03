//go:build !unix

package wire

import "syscall"

// looks: a connection that was closed is noticed only when it is used, so that
// what cannot be sent again is not for a Transport.
const looks = false

func isQuiet(syscall.RawConn) bool { return true }
