package stack

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// The labels by which we know what is ours.
const (
	InstanceLabel    = "dev.devproxy.instance"
	GenerationLabel  = "dev.devproxy.generation"
	FingerprintLabel = "dev.devproxy.fingerprint"
)

// Generation is one container of the runner in its turn. It does not change: a
// generation that is started again is another value, with another address.
type Generation struct {
	Number    int    // 1, 2, …; higher is newer
	Container string // id
	ImageID   string
	Address   string // host:port for the engine's DialContext; the host is 127.0.0.1 unless the engine is elsewhere
	Adopted   bool   // found running, not made by this process
	Outdated  bool   // made from another configuration than the project's present one
}

func (g *Generation) String() string { return fmt.Sprintf("generation %d", g.Number) }

// generationOf reads the number a container carries; 0 without one.
func generationOf(labels map[string]string) int {
	n, err := strconv.Atoi(labels[GenerationLabel])
	if err != nil {
		return 0
	}
	return n
}

func serviceOf(labels map[string]string) string { return labels[project.LabelPrefix+"service"] }

// ours are the labels of everything this instance made for a service, or for the
// whole project when it is "".
func (s *Stack) ours(service string) map[string]string {
	labels := s.everyones(service)
	labels[InstanceLabel] = s.Instance
	return labels
}

// everyones also match what Compose made by hand.
func (s *Stack) everyones(service string) map[string]string {
	labels := map[string]string{project.LabelPrefix + "project": s.Project.Compose.Name}
	if service != "" {
		labels[project.LabelPrefix+"service"] = service
	}
	return labels
}

// nextNumber is higher than that of any generation known to us or to the engine.
func (s *Stack) nextNumber(existing []docker.Container) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range existing {
		s.number = max(s.number, generationOf(c.Labels))
	}
	s.number++
	return s.number
}

// freeIndex is the lowest container number of Compose that nobody uses: with one
// replacement at a time it goes 1, 2, 1, 2.
func freeIndex(existing []docker.Container) int {
	taken := map[string]bool{}
	for _, c := range existing {
		taken[c.Labels[project.LabelPrefix+"container-number"]] = true
	}
	index := 1
	for taken[strconv.Itoa(index)] {
		index++
	}
	return index
}

// newestFirst orders containers by generation.
func newestFirst(list []docker.Container) []docker.Container {
	return slices.SortedStableFunc(slices.Values(list), func(a, b docker.Container) int {
		return generationOf(b.Labels) - generationOf(a.Labels)
	})
}

// labelled gives a container's labels: Compose's, ours, and which configuration
// it was made from.
func (s *Stack) labelled(c creation) (map[string]string, error) {
	labels, err := s.Project.Labels(c.service, c.index, c.imageID)
	if err != nil {
		return nil, err
	}
	fingerprint, err := s.fingerprint(c.service)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(labels)
	all[InstanceLabel], all[FingerprintLabel] = s.Instance, fingerprint
	if c.generation > 0 {
		all[GenerationLabel] = strconv.Itoa(c.generation)
	}
	return all, nil
}
