//go:build !unix

package wire

import "syscall"

// Looks: a connection that was closed is noticed only when it is used, and what
// came on it meanwhile would pass for an answer.
const Looks = false

func isQuiet(syscall.RawConn) bool { return false }
