//go:build !linux

package headroom

var looks []func() (Room, bool)
