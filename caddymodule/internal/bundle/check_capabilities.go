package bundle

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/event"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// capabilities compares what the handler can call with what the manifest asks
// for. A runner denies the rest, in production as here.
func (c *check) capabilities() {
	granted, _ := host.ParseCapabilities(c.expect.Capabilities)
	users := map[string][]string{}
	for _, call := range c.expect.Imports {
		needed, known := host.CapabilityOf(call)
		if known && !granted[needed] {
			users[needed] = append(users[needed], call.Interface+"."+call.Function)
		}
	}
	for _, needed := range slices.Sorted(maps.Keys(users)) {
		slices.Sort(users[needed])
		c.problems = append(c.problems, event.Problem{
			Code: codeUndeclared, File: "manifest.json", Line: c.capabilitiesLine(),
			Message: "the handler can call " + strings.Join(slices.Compact(users[needed]), ", ") + ", which will be denied: " + needed + " is not declared",
			Fix:     `add "` + needed + `" to "capabilities" in manifest.json, or remove the import from the handler`,
		})
	}
}

// capabilitiesLine is where the manifest lists them; 0 if it does not.
func (c *check) capabilitiesLine() int {
	manifest, err := fs.ReadFile(c.files, "manifest.json")
	at := bytes.Index(manifest, []byte(`"capabilities"`))
	if err != nil || at < 0 {
		return 0
	}
	return bytes.Count(manifest[:at], []byte("\n")) + 1
}
