package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
)

// Deploy builds the runner's image when the service says how, and replaces the
// live generation by one made from it; of a service with a binary it takes that
// as it is now, and builds nothing. On an error the old one goes on as if
// nothing had been tried. Old generations are stopped in the background; Settle
// waits for that.
func (s *Stack) Deploy(ctx context.Context) (*Generation, error) {
	return s.deploy(ctx, func(image string) (*Generation, error) { return s.replaceWith(ctx, image, nil) })
}

// rebuild is Deploy with files over the image. Around a binary that is still the
// one that runs it does nothing: a save of its source comes before its build.
func (s *Stack) rebuild(ctx context.Context, files []docker.Copy) (*Generation, error) {
	return s.deploy(ctx, func(image string) (*Generation, error) {
		if live := s.Live(); len(files) == 0 && s.upToDate(ctx, live, image) {
			return live, nil
		}
		return s.replaceWith(ctx, image, files)
	})
}

// replaceWith takes the binary as it is now, and puts files over the image.
func (s *Stack) replaceWith(ctx context.Context, image string, files []docker.Copy) (*Generation, error) {
	before := s.overlay
	s.overlay.add(image, files)
	made, err := s.replace(ctx, image, s.binary)
	if err != nil && before.image != image { // else they belong over what comes next
		s.overlay = before
	}
	return made, err
}

// deploy hands the image to replace in the turn.
func (s *Stack) deploy(ctx context.Context, replace func(image string) (*Generation, error)) (*Generation, error) {
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	s.images.Lock()
	defer s.images.Unlock()
	image, err := s.runnerImage(ctx)
	if err != nil {
		return nil, err
	}
	return replace(image)
}

// upToDate says whether a generation runs the binary as it is now.
func (s *Stack) upToDate(ctx context.Context, live *Generation, image string) bool {
	if s.binary == "" || live == nil || live.Outdated || live.ImageID != image || !s.sameBinary(live) {
		return false
	}
	c, err := s.Engine.Inspect(ctx, live.Container)
	return err == nil && c.Running()
}

// DeployImage is Deploy with an image that is there already, by id or name, and
// with the binary that the live generation executes.
func (s *Stack) DeployImage(ctx context.Context, image string) (*Generation, error) {
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	s.images.Lock()
	defer s.images.Unlock()
	found, err := s.Engine.InspectImage(ctx, image)
	if err != nil {
		return nil, err
	}
	return s.replace(ctx, found.ID, s.runningBinary())
}

// replace is the hand-over, step by step. A process that dies between any two of
// them leaves what Adopt sorts out.
func (s *Stack) replace(ctx context.Context, image, binary string) (*Generation, error) {
	if err := s.mayPublish(); err != nil {
		return nil, err
	}
	if err := s.ensureResources(ctx); err != nil {
		return nil, err
	}
	if err := s.spare.await(ctx); err != nil {
		return nil, err
	}
	existing, err := s.Engine.Containers(ctx, s.everyones(s.Runner))
	if err != nil {
		return nil, err
	}
	next, err := s.next(ctx, existing, image, binary)
	if err != nil {
		return nil, err
	}
	defer s.prepareSpare(ctx, image)
	gone, err := s.fill(ctx, next.id, image)
	var made *Generation
	if err == nil {
		made, err = s.bringUp(ctx, next.id, gone...)
	}
	if err != nil {
		return nil, s.discard(ctx, next, err)
	}
	s.setLive(made)
	old := except(next.id, s.oursAmong(existing))
	s.report(s.takeName(ctx, made, old))
	s.retire(ctx, old)
	return made, nil
}

// bringUp starts a container, removes the files that are to go from it, waits until
// it is ready and hands it the traffic.
func (s *Stack) bringUp(ctx context.Context, id string, gone ...string) (*Generation, error) {
	if err := s.start(ctx, id); err != nil {
		return nil, err
	}
	if err := s.erase(ctx, id, gone); err != nil {
		s.overlay.forget(gone)
		s.report(fmt.Errorf("%w; what of it is in the image stays there until a rebuild", err))
	}
	c, err := s.awaitHealthy(ctx, id)
	if err != nil {
		return nil, err
	}
	made := s.generation(c)
	if err := s.reachable(ctx, made, c.Health); err != nil {
		return nil, err
	}
	if err := s.Promote(ctx, made); err != nil {
		return nil, fmt.Errorf("handing the traffic to %s: %w", made, err)
	}
	return made, nil
}

func (s *Stack) generation(c docker.Container) *Generation {
	fingerprint, err := s.fingerprint(s.service)
	return &Generation{
		Number: generationOf(c.Labels), Container: c.ID, ImageID: c.ImageID, Address: s.Engine.Address(c, s.Port),
		Outdated: err != nil || c.Labels[FingerprintLabel] != fingerprint,
	}
}

// discard removes a generation that did not make it and adds its last words to
// the reason. It must happen even when the caller has given up.
func (s *Stack) discard(ctx context.Context, failed candidate, reason error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalTimeout)
	defer cancel()
	reason = s.withTail(ctx, reason)
	// It never had traffic: there is nothing to end gracefully.
	err := s.Engine.StopContainer(ctx, failed.id, time.Second)
	return errors.Join(reason, err, s.remove(ctx, failed.id, true), s.folders.remove(failed.number))
}

// withTail adds the container's last lines to the reason it is unhealthy.
func (s *Stack) withTail(ctx context.Context, reason error) error {
	var unhealthy *UnhealthyError
	if errors.As(reason, &unhealthy) && unhealthy.Container.ID != "" {
		unhealthy.Tail = s.tail(ctx, unhealthy.Container)
	}
	return reason
}

func (s *Stack) tail(ctx context.Context, c docker.Container) []docker.LogLine {
	var lines []docker.LogLine
	s.report(s.Engine.Logs(ctx, c.ID, docker.LogQuery{TTY: c.TTY, Tail: tailLines}, func(l docker.LogLine) error {
		lines = append(lines, l)
		return nil
	}))
	return lines
}

func (s *Stack) oursAmong(list []docker.Container) []docker.Container {
	var own []docker.Container
	for _, c := range list {
		if c.Labels[InstanceLabel] == s.Instance {
			own = append(own, c)
		}
	}
	return own
}

func except(id string, list []docker.Container) []docker.Container {
	return slices.DeleteFunc(list, func(c docker.Container) bool { return c.ID == id })
}
