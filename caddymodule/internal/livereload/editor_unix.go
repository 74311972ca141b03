//go:build unix

package livereload

import "syscall"

// ownSession parts the editor from our terminal, so that Ctrl-C there does
// not close it.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
