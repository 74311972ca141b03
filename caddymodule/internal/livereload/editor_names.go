// editor_names.go contains how each editor is told a line and a column.

package livereload

var editors = []struct {
	names     []string
	arguments func(file, line, column string) []string
}{
	{
		[]string{"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron", "antigravity"},
		func(file, line, column string) []string { return []string{"-g", file + ":" + line + ":" + column} },
	},
	{
		[]string{"subl", "sublime_text", "zed", "zeditor", "zed-editor", "lapce", "pulsar", "atom"},
		func(file, line, column string) []string { return []string{file + ":" + line + ":" + column} },
	},
	{
		[]string{
			"idea", "idea64", "webstorm", "webstorm64", "goland", "goland64", "pycharm", "pycharm64", "phpstorm",
			"phpstorm64", "rubymine", "rubymine64", "clion", "clion64", "rider", "rider64", "rustrover", "rustrover64",
			"studio", "studio64", "kate",
		},
		func(file, line, column string) []string { return []string{"--line", line, "--column", column, file} },
	},
	{
		[]string{"gvim", "mvim", "vimr"},
		func(file, line, column string) []string {
			return []string{"+call cursor(" + line + "," + column + ")", file}
		},
	},
	{
		[]string{"emacs", "emacsclient", "gedit"},
		func(file, line, column string) []string { return []string{"+" + line + ":" + column, file} },
	},
	{
		[]string{"mate"},
		func(file, line, column string) []string { return []string{"-l", line + ":" + column, file} },
	},
	{
		[]string{"xed", "bbedit", "mousepad", "geany"},
		func(file, line, _ string) []string { return []string{"+" + line, file} },
	},
	{
		[]string{"notepad++"},
		func(file, line, column string) []string { return []string{"-n" + line, "-c" + column, file} },
	},
}

var terminalEditors = []string{
	"vi", "vim", "nvim", "view", "nano", "pico", "hx", "helix", "micro", "kak", "ne", "joe", "jed", "ed", "ex", "mg", "mcedit", "amp",
}
