package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/project"
)

// candidate is a container that is to become the live generation.
type candidate struct {
	id     string
	number int
}

// spare is the container that was made ahead of need. It is a generation like any
// other that was never started: Adopt and Down reap it by the same labels, and
// nobody takes it for a live one. It is written by one goroutine at a time and
// read by the holder of the turn, after await.
type spare struct {
	made chan struct{} // closed when the preparation has ended; nil before the first
	id   string        // "" when it failed
}

// await waits for a preparation under way: what it makes must be counted before
// anything else is made.
func (s *spare) await(ctx context.Context) error {
	if s.made == nil {
		return nil
	}
	select {
	case <-s.made:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the spare container: %w", ctx.Err())
	}
}

// waits says whether the container is a spare.
func (s *Stack) waits(c docker.Container) bool {
	return s.binary != "" && serviceOf(c.Labels) == s.Runner && generationOf(c.Labels) > 0 && c.State == "created"
}

// next is the spare where it will do, else a container made now, in either case
// with the binary in place.
func (s *Stack) next(ctx context.Context, existing []docker.Container, image, binary string) (candidate, error) {
	if c, ok := s.spareAmong(existing, image); ok {
		if err := s.give(binary, c.number); err != nil {
			return candidate{}, err // it is still a spare
		}
		s.spare.id = ""
		return c, nil
	}
	return s.candidate(ctx, existing, image, binary)
}

// spareAmong finds the spare, unless it is gone, or another image or
// configuration is wanted by now.
func (s *Stack) spareAmong(existing []docker.Container, image string) (candidate, bool) {
	wanted, err := s.fingerprint(s.service)
	for _, c := range existing {
		if err == nil && c.ID == s.spare.id && s.waits(c) &&
			c.Labels[FingerprintLabel] == wanted && c.Labels[project.LabelPrefix+"image"] == image {
			return candidate{c.ID, generationOf(c.Labels)}, true
		}
	}
	return candidate{}, false
}

// candidate creates the container of the next generation. A binary of "" leaves
// its folder empty, as a spare's is.
func (s *Stack) candidate(ctx context.Context, existing []docker.Container, image, binary string) (candidate, error) {
	made := candidate{number: s.nextNumber(existing)}
	wanted := creation{service: s.service, index: freeIndex(existing), generation: made.number, imageID: image}
	var err error
	if s.binary != "" {
		wanted.folder, err = s.folders.make(made.number)
	}
	if err == nil && binary != "" {
		err = s.give(binary, made.number)
	}
	if err == nil {
		made.id, err = s.create(ctx, wanted)
	}
	if err != nil {
		return candidate{}, errors.Join(err, s.folders.remove(made.number))
	}
	return made, nil
}

// prepareSpare makes a spare behind the caller's back, and removes any other. Only
// the holder of the turn calls it.
func (s *Stack) prepareSpare(ctx context.Context, image string) {
	if s.binary == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalTimeout)
	s.spare = spare{made: make(chan struct{})}
	s.retiring.Go(func() {
		defer cancel()
		defer close(s.spare.made)
		id, err := s.makeSpare(ctx, image)
		s.spare.id = id
		s.report(err)
	})
}

func (s *Stack) makeSpare(ctx context.Context, image string) (string, error) {
	existing, err := s.Engine.Containers(ctx, s.everyones(s.Runner))
	if err != nil {
		return "", err
	}
	if err := s.clear(ctx, s.oursAmong(existing)); err != nil {
		return "", err
	}
	made, err := s.candidate(ctx, existing, image, "")
	return made.id, err
}

// clear removes the spares among our containers, and the folders that belong to
// none of the rest: someone else may have removed a container.
func (s *Stack) clear(ctx context.Context, own []docker.Container) error {
	var errs []error
	var numbers []int
	for _, c := range own {
		if s.waits(c) {
			errs = append(errs, s.end(ctx, c, true))
			continue
		}
		numbers = append(numbers, generationOf(c.Labels))
	}
	if live := s.Live(); live != nil {
		numbers = append(numbers, live.Number) // its copy is what it is made anew from
	}
	return errors.Join(append(errs, s.folders.keep(numbers...))...)
}
