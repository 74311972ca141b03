package watch

import "syscall"

// remoteKinds are file systems on which others may write without an event
// here, by the number that statfs(2) gives.
var remoteKinds = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xfe534d42: "SMB",
	0xff534d42: "CIFS",
	0x01021997: "9p",
	0x65735546: "FUSE",
	0x786f4256: "VirtualBox shared",
	0x6a656a63: "virtiofs",
	0x00c36400: "Ceph",
	0x5346414f: "AFS",
}

// remote gives the kind of file system when it is one without reliable events.
func remote(dir string) (kind string, is bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "", false
	}
	// The field's width differs between architectures, and the sign means nothing.
	kind, is = remoteKinds[uint32(s.Type)]
	return kind, is
}
