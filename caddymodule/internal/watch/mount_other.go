//go:build !linux

package watch

// remote is only known on Linux.
func remote(string) (kind string, is bool) { return "", false }
