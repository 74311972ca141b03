package watch

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWatcher_takes_a_link_to_a_file_for_the_file(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"a.txt": "a", "../outside/shared.txt": "1", "node_modules/lib/lib.js": "1"})
		f.link("../outside/shared.txt", "shared.txt")
		f.link("node_modules/lib/lib.js", "lib.js")
		f.link("a.txt", "b.txt")
		f.link("nowhere", "broken.txt")
		f.expect(map[string]Kind{"shared.txt": Created, "lib.js": Created, "b.txt": Created, "broken.txt": Created})

		f.write("../outside/tmp", "2")
		f.rename("../outside/tmp", "../outside/shared.txt")
		f.write("node_modules/lib/lib.js", "2")
		f.write("node_modules/lib/other.js", "2")
		f.write("a.txt", "b")
		f.expect(map[string]Kind{"shared.txt": Written, "lib.js": Written, "a.txt": Written, "b.txt": Written})

		f.remove("shared.txt")
		f.remove("b.txt")
		f.write("../outside/shared.txt", "3")
		f.expect(map[string]Kind{"shared.txt": Removed, "b.txt": Removed})

		f.link("a.txt", "next")
		f.rename("next", "lib.js")
		f.write("node_modules/lib/lib.js", "3")
		f.expect(map[string]Kind{"lib.js": Written})
	})
}

func TestWatcher_follows_a_link_to_a_folder_outside(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"a.txt": "a", "../lib/src/one.js": "1", "../lib2/src/one.js": "2"})
		f.link("../lib", "lib")
		f.link("../lib/src/one.js", "direct.js")
		f.expect(map[string]Kind{"lib/src/one.js": Created, "direct.js": Created})
		f.write("../lib/src/one.js", "3")
		f.write("../lib/src/deep/two.js", "1")
		f.expect(map[string]Kind{"lib/src/one.js": Written, "direct.js": Written, "lib/src/deep/two.js": Created})
		f.link("../lib2", "next")
		f.rename("next", "lib")
		f.expect(map[string]Kind{"lib/src/one.js": Written, "lib/src/deep/two.js": Removed})
		f.write("../lib2/src/one.js", "4")
		f.expect(map[string]Kind{"lib/src/one.js": Written})
		f.remove("lib")
		f.write("../lib2/src/one.js", "5")
		f.expect(map[string]Kind{"lib/src/one.js": Removed})
	})
}

func TestWatcher_watches_nothing_twice_and_no_cycle(t *testing.T) {
	modes(t, func(t *testing.T, o Options) {
		f := watchTree(t, o, map[string]string{"src/a.txt": "a", "../lib/src/one.js": "1"})
		f.link("src", "same")
		f.link("..", "above")
		f.link(".", "src/loop")
		f.link("self", "self")
		f.link("../lib", "lib")
		f.link("../lib/src", "zlib")
		f.link("../project", "../lib/back")
		f.expect(map[string]Kind{"same": Created, "above": Created, "src/loop": Created, "self": Created,
			"lib/src/one.js": Created, "lib/back": Created, "zlib": Created})
		f.write("src/a.txt", "b")
		f.write("../lib/src/one.js", "2")
		f.expect(map[string]Kind{"src/a.txt": Written, "lib/src/one.js": Written})
		assert.Equal(t, 4, f.w.Status().Dirs, "root, src, lib, lib/src")
	})
}
