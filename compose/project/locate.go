package project

import (
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// place is where a path of the merged project stands in the files.
type place struct {
	hit
	file string
	// parts is the path looked for, a service's name being one part.
	parts []string
}

func (p place) complete() bool { return p.file != "" && p.depth == len(p.parts) }

// locate finds the path in the file that has the last word about it. Where no
// file has all of it, it finds as much as there is.
func (s *sources) locate(path string) place {
	return s.locateParts(s.joined(pathOf(path)))
}

func (s *sources) locateParts(parts []string) place {
	best := place{parts: parts}
	for _, u := range s.units {
		best = further(best, s.within(u, parts, 0))
		if best.complete() {
			break
		}
	}
	if best.file == "" {
		best.file = s.main
	}
	return best
}

// within looks in one file and, for a service, in what it extends.
func (s *sources) within(u unit, parts []string, hops int) place {
	best := place{parts: parts}
	for _, doc := range s.read(u.file) {
		best = further(best, place{hit: find(doc, parts), file: u.file, parts: parts})
	}
	if best.complete() || len(parts) < 2 || parts[0] != "services" || hops > maxHops {
		return best
	}
	base, ref, ok := s.extended(u, parts[1])
	if !ok {
		return best
	}
	inherited := s.within(base, append([]string{"services", ref}, parts[2:]...), hops+1)
	// The service itself is a better place than its base when neither has the key.
	if inherited.depth > max(best.depth, 2) {
		inherited.parts = parts
		return inherited
	}
	return best
}

// extended is the file and the service that the service of u extends.
func (s *sources) extended(u unit, service string) (unit, string, bool) {
	for _, doc := range s.read(u.file) {
		at := find(doc, []string{"services", service, "extends"})
		if at.depth < 3 {
			continue
		}
		if at.value.Kind == yaml.ScalarNode {
			return u, at.value.Value, true
		}
		ref := find(at.value, []string{"service"})
		if ref.depth == 0 {
			continue
		}
		if file := find(at.value, []string{"file"}); file.depth == 1 {
			path := s.resolve(u.base, file.value.Value)
			return unit{path, filepath.Dir(path)}, s.substitute(ref.value.Value), true
		}
		return u, s.substitute(ref.value.Value), true
	}
	return unit{}, "", false
}

// joined makes the name of a service with dots in it one part again.
func (s *sources) joined(parts []string) []string {
	if len(parts) < 3 || parts[0] != "services" {
		return parts
	}
	services := s.services()
	for n := len(parts); n > 2; n-- {
		if name := strings.Join(parts[1:n], "."); slices.Contains(services, name) {
			return append([]string{"services", name}, parts[n:]...)
		}
	}
	return parts
}

// services are the names of all services that the files write out, in order.
func (s *sources) services() []string { return s.keys("services") }

// keys are the names under a top-level key, in all files.
func (s *sources) keys(section string) []string {
	var list []string
	for _, u := range s.units {
		for _, doc := range s.read(u.file) {
			at := find(doc, []string{section})
			if at.depth == 0 || at.value.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(at.value.Content); i += 2 {
				list = append(list, at.value.Content[i].Value)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func further(a, b place) place {
	if b.depth > a.depth {
		return b
	}
	return a
}

// problem starts a Problem at the place; the caller adds the words.
func (s *sources) problem(at place, code string) Problem {
	p := Problem{File: shown(s.dir, at.file), Code: code}
	if at.at != nil {
		p.Line, p.Column = max(at.at.Line, 1), max(at.at.Column, 1)
	}
	key := at.parts
	if len(key) > 1 && key[0] == "services" {
		p.Service, key = key[1], key[2:]
	}
	p.Key = strings.Join(key, ".")
	return p
}
