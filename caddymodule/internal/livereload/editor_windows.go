package livereload

import "syscall"

// ownSession parts the editor from our console, so that Ctrl-C there does not
// close it.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
