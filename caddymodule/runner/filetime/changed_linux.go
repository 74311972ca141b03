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
	return moment{int64(stat.Ctim.Sec), int64(stat.Ctim.Nsec)}, true //nolint:unconvert // they are smaller on 32 bits
}
