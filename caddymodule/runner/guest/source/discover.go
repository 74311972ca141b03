package source

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Discover learns how the extension in dir is built: from its npm script that
// calls `jco componentize`, and from what is installed. Without such a script
// the interface is in the folder wit and everything is disabled, as
// production wants it. The error is an *[UnavailableError].
func Discover(dir string) (Build, error) {
	toolchain, err := Find(dir)
	if err != nil {
		return Build{}, err
	}
	b := Build{Toolchain: toolchain, WIT: "wit"}
	scripts, err := readScripts(filepath.Join(dir, "package.json"))
	if err != nil {
		return Build{}, err
	}
	if args := componentizeArgs(scripts); args != nil {
		b.apply(args)
	}
	b.WIT = filepath.Join(dir, filepath.FromSlash(b.WIT))
	if _, err := os.Stat(b.WIT); err != nil {
		return Build{}, &UnavailableError{
			Reason: "the interface " + b.WIT + " cannot be read",
			Fix:    "name it with --wit in the npm script that calls jco componentize, or " + artefactFix,
		}
	}
	return b, nil
}

func readScripts(file string) (map[string]string, error) {
	content, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(file, err)
	}
	var about struct{ Scripts map[string]string }
	if err := json.Unmarshal(content, &about); err != nil {
		return nil, unreadable(file, err)
	}
	return about.Scripts, nil
}

// componentizeArgs gives the arguments of `jco componentize` in the scripts
// that a plain build may call: "build", "componentize" and those that begin
// so, in this order, the shortest name first.
func componentizeArgs(scripts map[string]string) []string {
	names := make([]string, 0, len(scripts))
	for name := range scripts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return strings.Compare(rank(a), rank(b))
	})
	for _, name := range names {
		for command := range strings.SplitSeq(strings.NewReplacer("&&", ";", "||", ";").Replace(scripts[name]), ";") {
			words := strings.Fields(command)
			at := slices.Index(words, "componentize")
			if at > 0 && filepath.Base(words[at-1]) == "jco" {
				return words[at+1:]
			}
		}
	}
	return nil
}

// rank orders scripts so that one for debugging does not win over the plain.
func rank(name string) string {
	for i, usual := range []string{"build", "componentize"} {
		if name == usual {
			return string(rune('0' + i))
		}
	}
	return "9" + name
}

// apply reads the options that decide how the engine is fitted.
func (b *Build) apply(args []string) {
	flags := pflag.NewFlagSet("componentize", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	wit := flags.StringP("wit", "w", b.WIT, "")
	world := flags.StringP("world-name", "n", "", "")
	disabled := flags.StringArrayP("disable", "d", nil, "")
	if err := flags.Parse(args); err != nil {
		return // a script of another shape: what was assumed stays
	}
	b.WIT, b.World = strings.Trim(*wit, `"'`), strings.Trim(*world, `"'`)
	b.Features = slices.DeleteFunc(AllFeatures(), func(feature string) bool {
		return slices.Contains(*disabled, "all") || slices.Contains(*disabled, feature)
	})
}
