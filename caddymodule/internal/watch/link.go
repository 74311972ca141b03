package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// forgetLed takes away what linked folders held that lead elsewhere by now, so
// that another link may be followed to the place.
func (t *tree) forgetLed() {
	for rel, place := range t.followed {
		if real, err := filepath.EvalSymlinks(t.abs(rel)); err != nil || real != place {
			t.gone(rel)
		}
	}
}

// lookLink takes a link to a file for that file. A link to a folder is
// followed where it leads out of the tree to a place that no other path
// leads to: so nothing is watched twice, and there are no cycles. Any other
// link counts as its text.
func (t *tree) lookLink(rel string, info fs.FileInfo, named bool) error {
	real, err := filepath.EvalSymlinks(t.abs(rel))
	if err != nil {
		t.setLink(rel, info)
		return nil
	}
	target, err := os.Stat(real)
	switch {
	case err == nil && target.Mode().IsRegular():
		return t.lookLinkedFile(rel, real)
	case err == nil && target.IsDir() && t.mayFollow(rel, real):
		if t.followed[rel] != real {
			t.gone(rel)
		}
		t.followed[rel] = real
		return t.lookDir(rel, named)
	default:
		t.setLink(rel, info)
		return nil
	}
}

// lookLinkedFile asks for the events of the folder that the file is in: one of
// the file itself would end with the first save.
func (t *tree) lookLinkedFile(rel, real string) error {
	target := t.inTree(real)
	err := t.source.subscribe(filepath.Dir(target))
	if err != nil && isLimit(err) {
		return err
	}
	t.readInto(rel, target)
	return nil
}

func (t *tree) setLink(rel string, info fs.FileInfo) {
	text, err := os.Readlink(t.abs(rel))
	if err != nil || t.dirs[rel] {
		t.gone(rel)
	}
	if err == nil {
		t.set(rel, &file{digest: digestOfLink(text), info: info, read: time.Now()})
	}
}

func (t *tree) mayFollow(rel, real string) bool {
	if t.rules.ignored(rel, true) || overlap(real, t.real) {
		return false
	}
	for other, place := range t.followed {
		if other != rel && overlap(real, place) {
			return false
		}
	}
	return true
}
