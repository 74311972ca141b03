package project

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/compose/spelling"
)

// referenceSayings are about names of services, networks, volumes, … that are
// not there.
var referenceSayings = []saying{
	says(`service "(.+?)" depends on undefined service "(.+?)"`, undefinedDependency),
	says(`service "(.+?)" refers to undefined (build secret|\w+) (.+)`, undefinedReference),
	says(`cannot extend service "(.+?)" in (.+?): service "(.+?)" not found(?: in (.+))?`, undefinedBase),
	says(`cannot extend service "(.+?)" in (.+?): (no services section|services must be a mapping)`, emptyBase),
	says(`extends\.(.+?)\.service is required`, func(s *sources, m []string) Problem {
		return s.wrong(ofService(m[1], "extends"), CodeValue, "add service", "extends does not say which service")
	}),
	says(`Circular reference:\n  (.+)`, extendsCircle),
	says(`include cycle detected:\n(.+)`, includeCircle),
	says(`dependency cycle detected: (.+)`, dependencyCircle),
}

func undefinedDependency(s *sources, m []string) Problem {
	path := s.dependency(m[1], m[2])
	profiles := s.locateParts(ofService(m[2], "profiles"))
	if !slices.Contains(s.services(), m[2]) {
		return s.wrong(path, CodeReference, didYouMeanName(m[2], s.services(), "services"), "depends on service %q, which is not declared", m[2])
	}
	fix := "enable it, or say required: false"
	if list := scalars(profiles.value); profiles.complete() && len(list) > 0 {
		fix = fmt.Sprintf("enable it with --profile %s, or say required: false", list[0])
	}
	return s.wrong(path, CodeReference, fix, "depends on service %q, which no active profile enables", m[2])
}

// dependency is the key by which a service depends on another: depends_on, or one
// that compose-go takes for it.
func (s *sources) dependency(service, on string) []string {
	for _, key := range []string{"network_mode", "ipc", "pid", "uts", "cgroup"} {
		if at := s.locateParts(ofService(service, key)); at.complete() && s.substitute(at.value.Value) == "service:"+on {
			return at.parts
		}
	}
	if links := s.locateParts(ofService(service, "links", on)); links.complete() {
		return links.parts
	}
	return ofService(service, "depends_on", on)
}

func undefinedReference(s *sources, m []string) Problem {
	key := m[2] + "s"
	path := ofService(m[1], key, m[3])
	if m[2] == "build secret" {
		key, path = "secrets", ofService(m[1], "build", "secrets", m[3])
	}
	return s.wrong(path, CodeReference, didYouMeanName(m[3], s.keys(key), key), "%s %q is not declared", m[2], m[3])
}

// didYouMeanName speaks of names the person chose.
func didYouMeanName(word string, known []string, section string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 || len(known) > 8 {
		return fmt.Sprintf("declare it under the top-level %q", section)
	}
	return fmt.Sprintf("declare it under the top-level %q, which has %s", section, strings.Join(known, ", "))
}

func undefinedBase(s *sources, m []string) Problem {
	p := s.problem(s.locateParts(ofService(m[1], "extends")), CodeReference)
	if m[4] == "" {
		p.Message = fmt.Sprintf("extends service %q, which is not declared", m[3])
		p.Fix = didYouMeanName(m[3], s.services(), "services")
		return p
	}
	p.Message = fmt.Sprintf("extends service %q, which %s does not declare", m[3], m[4])
	p.Fix = "correct the name or the file"
	return p
}

func emptyBase(s *sources, m []string) Problem {
	return s.wrong(ofService(m[1], "extends"), CodeReference, "give a compose file", "extends a service of %s, which has no services", shown(s.dir, m[2]))
}

func extendsCircle(s *sources, m []string) Problem {
	var chain []string
	for _, line := range strings.Split(m[1], "\n") {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "extends "), " in ")
		chain = append(chain, name)
	}
	// Which of them is read first changes from run to run.
	start := slices.Min(chain)
	i := slices.Index(chain, start)
	chain = slices.Concat(chain[i:len(chain)-1], chain[:i], []string{start})
	return s.wrong(ofService(start, "extends"), CodeReference, "let one of them stand alone", "extends goes in a circle: %s", strings.Join(chain, " → "))
}

func includeCircle(s *sources, m []string) Problem {
	var chain []string
	for _, line := range strings.Split(m[1], "\n") {
		chain = append(chain, shown(s.dir, filepath.Clean(strings.TrimPrefix(strings.TrimSpace(line), "include "))))
	}
	return s.wrong([]string{"include"}, CodeReference, "let one of them include nothing", "include goes in a circle: %s", strings.Join(chain, " → "))
}

func dependencyCircle(s *sources, m []string) Problem {
	chain := strings.Split(m[1], " -> ")
	start := slices.Min(chain)
	i := slices.Index(chain, start)
	chain = slices.Concat(chain[i:len(chain)-1], chain[:i], []string{start})
	return s.wrong(ofService(start, "depends_on", chain[1]), CodeReference, "remove one of these dependencies", "depends_on goes in a circle: %s", strings.Join(chain, " → "))
}
