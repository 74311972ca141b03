package stack

import (
	"context"
	"slices"

	"github.com/same-origin/devproxy/compose/docker"
)

// Member is one container of the project.
type Member struct {
	Service    string
	Generation int  // 0 for services other than the runner
	Live       bool // has the traffic
	Ours       bool // made by this instance, not by Compose or another one
	docker.Container
}

// Ps lists the project's containers, those that others made included and the spare
// left out, oldest first.
func (s *Stack) Ps(ctx context.Context) ([]Member, error) {
	list, err := s.Engine.Containers(ctx, s.everyones(""))
	if err != nil {
		return nil, err
	}
	live := s.Live()
	list = slices.DeleteFunc(list, s.waits)
	members := make([]Member, len(list))
	for i, c := range list {
		members[i] = Member{
			Service: serviceOf(c.Labels), Generation: generationOf(c.Labels), Container: c,
			Live: live != nil && live.Container == c.ID, Ours: c.Labels[InstanceLabel] == s.Instance,
		}
	}
	return members, nil
}
