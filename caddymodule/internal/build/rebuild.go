package build

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
)

// made is what the bundles of a target came to together.
type made struct {
	files              map[string][]byte
	inputs             []string
	problems, warnings []event.Problem
}

func (m made) result() Result {
	if len(m.problems) > 0 {
		return Result{Problems: m.problems, Warnings: m.warnings}
	}
	slices.Sort(m.inputs)
	return Result{Files: m.files, Inputs: slices.Compact(m.inputs), Warnings: m.warnings}
}

// rebuild builds each bundle, one after the other: each uses all processors.
func (b *Bundler) rebuild(ctx context.Context) made {
	all := made{files: map[string][]byte{}, inputs: []string{}}
	for _, bundle := range b.bundles {
		built := rebuild(ctx, bundle)
		if ctx.Err() != nil {
			return all
		}
		all.problems = append(all.problems, problemsOf(b.plan.Dir, built.Errors)...)
		all.warnings = append(all.warnings, problemsOf(b.plan.Dir, built.Warnings)...)
		for _, file := range built.OutputFiles {
			all.files[b.bundlePath(file.Path)] = file.Contents
		}
		all.inputs = append(all.inputs, inputsOf(built.Metafile)...)
	}
	return all
}

// rebuild ends early when ctx does.
func rebuild(ctx context.Context, bundle api.BuildContext) api.BuildResult {
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		bundle.Cancel()
	})
	built := bundle.Rebuild()
	if !stop() {
		<-cancelled
	}
	return built
}

// inputsOf reads the inputs from esbuild's description of a build. Only their
// names are needed, and decoding all of it would cost more than a rebuild.
func inputsOf(metafile string) (inputs []string) {
	var description struct {
		Inputs map[string]json.RawMessage `json:"inputs"`
	}
	if json.Unmarshal([]byte(metafile), &description) != nil {
		return nil
	}
	for input := range description.Inputs {
		// Names with a scheme are no files: esbuild's own, and inline sources.
		if !strings.Contains(input, ":") && !strings.HasPrefix(input, "<") {
			inputs = append(inputs, input)
		}
	}
	return inputs
}
