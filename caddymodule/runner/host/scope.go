package host

import (
	"hash/maphash"
	"path/filepath"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// scope is the folder of one installation below root.
func scope(root string, c guest.Context) string {
	return filepath.Join(root, fileName(c.TenantID), fileName(c.ExtensionID), fileName(c.InstallID))
}

// locks give each path a lock without keeping one per path.
type locks struct {
	seed    maphash.Seed
	stripes [64]sync.RWMutex
}

func newLocks() *locks { return &locks{seed: maphash.MakeSeed()} }

func (l *locks) of(path string) *sync.RWMutex {
	return &l.stripes[maphash.String(l.seed, path)%uint64(len(l.stripes))]
}
