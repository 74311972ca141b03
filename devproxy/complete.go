package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// completeLimit is how long a shell waits for names; it gets none then.
const completeLimit = 2 * time.Second

// completion is what cobra asks for the words that may come next.
type completion = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// suggest offers a flag's values. A flag that is not there is a mistake of
// ours, which every start would show.
func suggest(cmd *cobra.Command, flag string, values ...string) {
	suggestWith(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func suggestWith(cmd *cobra.Command, flag string, values completion) {
	if err := cmd.RegisterFlagCompletionFunc(flag, values); err != nil {
		panic(err)
	}
}

// completeUp offers what the flags of `up` take.
func completeUp(cmd *cobra.Command) {
	suggestWith(cmd, "extension", completeFolders)
	suggestWith(cmd, "backend", completeBackends)
	suggestWith(cmd, "file", completeComposeFiles)
	suggest(cmd, "emulate", "off", "knative")
	suggest(cmd, "isolation", "none", "sandbox", "subdomain")
	suggest(cmd, "watch", "on", "poll", "off")
	suggest(cmd, "record", "on", "off")
	suggest(cmd, "log-level", logLevels...)
	suggest(cmd, "live-reload", "hot", "full", "off")
}

func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func completeComposeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yml", "yaml", "json"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeBackends offers the kinds that are built in, and what the running
// devproxy has.
func completeBackends(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if cmd.Name() == "use" && len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := []string{"docker", "embedded", "knative"}
	if now := completeRunning(cmd); now != nil {
		for _, b := range now.Backends {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

// completeExtensions offers the ids of the running devproxy's extensions;
// folders are left to the shell.
func completeExtensions(cmd *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if now := completeRunning(cmd); now != nil {
		for _, e := range now.Extensions {
			if e.ID != "" {
				ids = append(ids, e.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return ids, cobra.ShellCompDirectiveDefault
}

// completeServices offers the services of the compose project that the flags
// name; at most so many, or any number when most is 0.
func completeServices(flags *composeFlags, most int) completion {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveDefault // a command and its files
		}
		ctx, cancel := context.WithTimeout(contextOf(cmd), completeLimit)
		defer cancel()
		c, err := flags.open(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer c.close()
		names := slices.DeleteFunc(c.Project.Compose.ServiceNames(), func(name string) bool { return slices.Contains(args, name) })
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRunning is what the running devproxy says; nil where none runs, or
// it does not say.
func completeRunning(cmd *cobra.Command) *runnerstatus.Snapshot {
	ctx, cancel := context.WithTimeout(contextOf(cmd), completeLimit)
	defer cancel()
	p, err := findRunning()
	if err != nil {
		return nil
	}
	now, err := runningState(ctx, p)
	if err != nil {
		return nil
	}
	return now
}

// contextOf is the command's; completion runs without one.
func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}
