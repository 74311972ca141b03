package watch

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// top is the root's own relative path.
const top = "."

// tree is what is known of the watched folder. Everything else asks it to look
// at a path; it finds what differs.
type tree struct {
	root  string
	real  string // root without links
	rules *rules

	files    map[string]*file
	dirs     map[string]bool
	followed map[string]string          // linked folders outside: path to real path
	targets  map[string]map[string]bool // what linked files lead to: absolute path to paths
	// before has the files as they were in the batch before, where they may
	// differ now; nil for one that was not there.
	before map[string]*file

	source source
	pass   *pass
}

// source is where events come from.
type source interface {
	// subscribe asks for the events of a folder; the tree reads it afterwards.
	subscribe(dir string) error
	unsubscribe(dir string)
	// unreadable is told of a folder that may not be read.
	unreadable(dir string, err error)
}

// pass is what one round of looking has found.
type pass struct {
	read      map[string]bool // files whose content was read
	walked    map[string]bool
	seen      map[string]bool // files and folders that exist
	stirred   bool            // something differs from what was known
	unsettled bool            // a file is empty or gone that had content
	rules     bool            // an ignore file differs
}

func newTree(root string, r *rules, s source) *tree {
	return &tree{
		root:     root,
		rules:    r,
		source:   s,
		files:    map[string]*file{},
		dirs:     map[string]bool{},
		followed: map[string]string{},
		targets:  map[string]map[string]bool{},
		before:   map[string]*file{},
		pass:     newPass(),
	}
}

func newPass() *pass {
	return &pass{read: map[string]bool{}, walked: map[string]bool{}, seen: map[string]bool{}}
}

// resolve finds out where the root is. While it does not exist the last place
// counts: if it is a link, that is where it is made again.
func (t *tree) resolve() {
	if real, err := filepath.EvalSymlinks(t.root); err == nil {
		t.real = real
	} else if t.real == "" {
		t.real = t.root
	}
}

// set takes what a file is now.
func (t *tree) set(rel string, f *file) {
	old := t.files[rel]
	t.link(rel, old, f)
	if old != nil && old.digest == f.digest {
		t.files[rel] = f
		return
	}
	t.remember(rel, old)
	t.files[rel] = f
	empty := f.info.Size() == 0
	t.pass.unsettled = t.pass.unsettled || empty
}

func (t *tree) remember(rel string, old *file) {
	t.pass.stirred = true
	t.pass.rules = t.pass.rules || t.rules.isRuleFile(rel)
	if _, known := t.before[rel]; !known {
		t.before[rel] = old
	}
}

// link keeps the targets of linked files.
func (t *tree) link(rel string, old, now *file) {
	if old != nil && old.target != "" {
		delete(t.targets[old.target], rel)
		if len(t.targets[old.target]) == 0 {
			delete(t.targets, old.target)
		}
	}
	if now != nil && now.target != "" {
		if t.targets[now.target] == nil {
			t.targets[now.target] = map[string]bool{}
		}
		t.targets[now.target][rel] = true
	}
}

// gone takes a file or folder away that exists no longer.
func (t *tree) gone(rel string) {
	if f := t.files[rel]; f != nil {
		t.remember(rel, f)
		t.link(rel, f, nil)
		delete(t.files, rel)
		t.pass.unsettled = true
	}
	if !t.dirs[rel] {
		return
	}
	t.leave(rel)
	for name := range t.files {
		if within(rel, name) {
			t.gone(name)
		}
	}
	for name := range t.dirs {
		if within(rel, name) {
			t.leave(name)
		}
	}
}

func (t *tree) leave(dir string) {
	delete(t.dirs, dir)
	delete(t.followed, dir)
	t.source.unsubscribe(t.abs(dir))
}

// hide takes a file away without a word, as a rule ignores it now.
func (t *tree) hide(rel string) {
	t.link(rel, t.files[rel], nil)
	delete(t.files, rel)
	delete(t.before, rel)
}

// within says that a path is below a folder.
func within(dir, rel string) bool {
	return rel != dir && (dir == top || strings.HasPrefix(rel, dir+"/"))
}

// changes gives what differs from the batch before.
func (t *tree) changes() (list []Change) {
	for _, rel := range slices.Sorted(maps.Keys(t.before)) {
		old, now := t.before[rel], t.files[rel]
		switch {
		case old == nil && now == nil:
		case old == nil:
			list = append(list, Change{rel, Created})
		case now == nil:
			list = append(list, Change{rel, Removed})
		case old.digest != now.digest:
			list = append(list, Change{rel, Written})
		}
	}
	return list
}

// settle makes the present state the one that changes are told against.
func (t *tree) settle() { clear(t.before) }

func (t *tree) abs(rel string) string {
	return filepath.Join(t.root, filepath.FromSlash(rel))
}
