package project

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

// inheritedProfiles tells of services that are disabled only because what they
// extend has profiles, which is easily overlooked.
func (l *loading) inheritedProfiles(compose *types.Project) []Problem {
	var problems []Problem
	for _, name := range sortedKeys(compose.DisabledServices) {
		at := l.sources.locate("services." + name + ".extends")
		if !at.complete() || l.sources.writes(name, "profiles") {
			continue
		}
		inherited := compose.DisabledServices[name].Profiles
		p := l.sources.problem(at, CodeDisabled)
		p.Message = fmt.Sprintf("disabled, since extends inherits profiles %s", strings.Join(inherited, ", "))
		p.Fix = fmt.Sprintf("enable it with --profile %s, or write \"profiles: !reset []\" in it", inherited[0])
		problems = append(problems, p)
	}
	return problems
}

// writes says whether the service has the key itself, not by extends.
func (s *sources) writes(service, key string) bool {
	for _, u := range s.units {
		for _, doc := range s.read(u.file) {
			if find(doc, []string{"services", service, key}).depth == 3 {
				return true
			}
		}
	}
	return false
}

func (l *loading) obsoleteVersion() []Problem {
	var problems []Problem
	for _, u := range l.sources.units {
		for _, doc := range l.sources.read(u.file) {
			if at := find(doc, []string{"version"}); at.depth == 1 {
				p := l.sources.problem(place{hit: at, file: u.file, parts: []string{"version"}}, CodeObsolete)
				p.Message, p.Fix = "\"version\" is obsolete and has no effect", "remove it"
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// changedName: Compose takes "My App" for "myapp" without a word.
func (l *loading) changedName() []Problem {
	at := l.sources.locate("name")
	if l.name.explicit || !at.complete() {
		return nil
	}
	written := l.sources.substitute(at.value.Value)
	if loader.NormalizeProjectName(written) == written {
		return nil
	}
	p := l.sources.problem(at, CodeName)
	p.Message = fmt.Sprintf("name %q is taken as %q", written, l.name.value)
	p.Fix = "use lower-case letters, digits, \"-\" and \"_\""
	return []Problem{p}
}

// withoutVersion reads the file with its obsolete version blanked out: compose-go
// would print a warning of its own, and we tell of it with its line.
func withoutVersion(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for _, doc := range parse(content) {
		at := find(doc, []string{"version"})
		if at.depth != 1 || at.at.Column != 1 || at.value.Kind != yaml.ScalarNode || at.value.Line != at.at.Line {
			continue
		}
		lines := bytes.SplitAfter(content, []byte("\n"))
		lines[at.at.Line-1] = []byte("\n")
		content = bytes.Join(lines, nil)
	}
	return content, nil
}
