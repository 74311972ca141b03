package loop

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/internal/build"
	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/internal/extension"
)

// background is the build of dist/main.wasm that nobody waits for.
const background event.Target = "background"

// recipe is how a target is made: in process, or by a command.
type recipe struct {
	bundler *build.Bundler
	command build.Command
	plan    build.Plan // that the command is of
}

// outcome is how one build ended.
type outcome struct {
	target event.Target
	result build.Result
}

// buildHooks are those of the builder of the loop's targets. They run in
// goroutines of their own; what they find comes back through l.outcomes.
func (l *Loop) buildHooks(ctx context.Context) build.Hooks {
	tell := func(o outcome) {
		select {
		case l.outcomes <- o:
		case <-ctx.Done():
		}
	}
	return build.Hooks{
		Build: func(ctx context.Context, job build.Job) build.Result { return l.make(ctx, job.Target, job.Changed) },
		Done:  func(job build.Job, result build.Result) { tell(outcome{job.Target, result}) },
		Idle: func() {
			select {
			case l.idled <- struct{}{}:
			default: // it will look anyway
			}
		},
		Loops: func(target event.Target, p event.Problem) {
			// Start calls it, in the goroutine that would have to receive
			l.tasks.Go(func() { tell(outcome{target, build.Result{Problems: []event.Problem{p}}}) })
		},
	}
}

// make runs one build of target, in any goroutine.
func (l *Loop) make(ctx context.Context, target event.Target, changed []string) (result build.Result) {
	value, ok := l.recipes.Load(target)
	if !ok {
		return build.Result{Superseded: true}
	}
	how := value.(recipe)
	number := int(l.number.Add(1))
	defer l.task(target).End()
	if target != background {
		l.hooks.Bus.Publish(event.BuildStarted{Extension: l.name(), Number: number, Target: target, Changed: changed, At: time.Now()})
		defer func() {
			l.hooks.Bus.Publish(event.BuildEnded{Extension: l.name(), Number: number, Target: target, At: time.Now()})
		}()
	}
	if how.bundler != nil {
		return how.bundler.Build(ctx)
	}
	l.commands.Add(1)
	defer l.commands.Add(-1)
	defer func() { l.commanded.Store(new(time.Now())) }()
	if target != event.UI {
		ended := l.remembering(ctx, how.plan)
		defer func() { ended(result.OK()) }()
	}
	return l.hooks.Runner.Run(ctx, how.command, func(line string) {
		if target != background {
			l.hooks.Bus.Publish(event.BuildOutput{Extension: l.name(), Number: number, Target: target, Line: line})
		}
	})
}

// task lists a build among what goes on.
func (l *Loop) task(target event.Target) *event.Work {
	if target == background {
		return l.hooks.Tasks.Begin(event.Componentize, l.name(), "")
	}
	return l.hooks.Tasks.Begin(event.Building, l.name(), string(target))
}

// prescribe settles how target is made from now on; false when nothing is to
// be made.
func (l *Loop) prescribe(target event.Target) bool {
	step := l.plan.Step(target)
	switch {
	case target == event.Handler && l.mode == modeSource, target == event.UI && step.Kind == build.Bundled:
		if l.bundlers[target] == nil {
			l.bundlers[target] = build.NewBundler(l.plan, target)
		}
		l.recipes.Store(target, recipe{bundler: l.bundlers[target]})
	case step.Kind == build.Run:
		l.recipes.Store(target, recipe{command: step.Command, plan: l.plan})
	default:
		l.recipes.Delete(target)
		return false
	}
	return true
}

// finished takes a result, and says whether there is something to publish.
func (l *Loop) finished(target event.Target, result build.Result) bool {
	_, wanted := l.recipes.Load(target)
	switch {
	case result.Superseded, !wanted:
		return false
	case target == background:
		return l.componentized(result)
	case !result.OK():
		l.fail(target, result)
		return false
	}
	l.made[target], l.madeAt[target], l.awaited = result, time.Now(), true
	l.plan = l.plan.WithInputs(target, result.Inputs)
	delete(l.failures, target)
	if target == event.Handler {
		l.kept = nil
		l.later()
	}
	return true
}

// fail tells of a build that gave nothing. What was published goes on.
func (l *Loop) fail(target event.Target, result build.Result) {
	failed := event.BuildFailed{
		Extension: l.name(), Number: int(l.number.Load()), Target: target, Problems: result.Problems, Output: result.Output,
		Command: result.Command, Took: result.Took, At: time.Now(),
	}
	l.failures[target], l.awaited = failed, true
	if l.err != nil { // which nothing published will take back
		if ext, err := extension.Read(l.dir, extension.Tree(l.dir)); ext != nil {
			l.err = nil
		} else {
			l.err = err
		}
	}
	l.noteFailure(target, result.Problems)
	l.show() // first: who hears of it may ask at once
	l.hooks.Bus.Publish(failed)
}
