package build

import "github.com/same-origin/devproxy/caddymodule/internal/event"

// WithInputs gives the plan with what the last build of target read, so that
// [Plan.Affects] knows precisely; nil means that it is not known.
func (p Plan) WithInputs(target event.Target, inputs []string) Plan {
	all := map[event.Target]map[string]bool{}
	for t, set := range p.inputs {
		all[t] = set
	}
	delete(all, target)
	if inputs != nil {
		all[target] = make(map[string]bool, len(inputs))
		for _, input := range inputs {
			all[target][input] = true
		}
	}
	p.inputs = all
	return p
}
