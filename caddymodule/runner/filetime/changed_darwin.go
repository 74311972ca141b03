package filetime

import (
	"io/fs"
	"syscall"
)

func changed(info fs.FileInfo) (at moment, known bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return moment{}, false
	}
	return moment{stat.Ctimespec.Sec, stat.Ctimespec.Nsec}, true
}
