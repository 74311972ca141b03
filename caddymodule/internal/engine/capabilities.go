package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/record"
	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// Uses says what each extension used of the platform, against what its
// manifest declares now.
func (e *Engine) Uses() []runnerstatus.Usage {
	out := []runnerstatus.Usage{}
	store := e.Records()
	if store == nil {
		return out
	}
	for _, l := range e.loaded() {
		state := l.loop.State()
		if state.Extension == nil {
			continue
		}
		u := usage{Used: store.Used(state.Extension.ID), imports: imported(state.Imports), egress: e.Settings().Egress, secrets: l.settings.Secrets}
		out = append(out, u.against(state.Extension.ID, state.Extension.Capabilities))
	}
	return out
}

// usage is what there is to compare with a manifest.
type usage struct {
	record.Used
	imports map[string][]string // functions by capability; nil when they are not known
	egress  []string
	secrets map[string]string
}

// imported groups imports by capability. Imports of all there is tell nothing:
// a JavaScript engine brings the whole world into a component.
func imported(imports []guest.Import) map[string][]string {
	by := map[string][]string{}
	for _, i := range imports {
		if name, ours := host.CapabilityOf(i); ours {
			by[name] = append(by[name], i.Interface+"#"+i.Function)
		}
	}
	if imports == nil || len(by) == len(host.AllCapabilities()) {
		return nil
	}
	return by
}

func (u usage) against(id string, declared []string) runnerstatus.Usage {
	out := runnerstatus.Usage{
		Extension: id, Executes: u.Executes, Since: u.Since, Declared: append([]string{}, declared...), Least: []string{}, Missing: []string{},
		Capabilities: []runnerstatus.CapabilityUse{}, Hosts: u.named(u.Hosts), Secrets: u.named(u.Used.Secrets),
	}
	granted, _ := host.ParseCapabilities(declared)
	always, _ := host.ParseCapabilities(nil)
	for _, name := range slices.Sorted(slices.Values(host.AllCapabilities())) {
		c := runnerstatus.CapabilityUse{Name: name, Declared: granted[name] && (!always[name] || slices.Contains(declared, name)), Always: always[name], Functions: u.functions(name)}
		if c.Status = u.status(c); c.Status == "" {
			continue
		}
		out.Capabilities = append(out.Capabilities, c)
		if u.needs(c) {
			out.Least = append(out.Least, name)
		}
		if c.Status == runnerstatus.Missing {
			out.Missing = append(out.Missing, fmt.Sprintf("%s was denied: add %q to \"capabilities\" in manifest.json", functionNames(c), name))
		}
	}
	out.Missing = append(out.Missing, u.missing()...)
	return out
}

func (u usage) functions(capability string) (out []runnerstatus.FunctionUse) {
	for _, name := range slices.Sorted(maps.Keys(u.Functions)) {
		face, function, _ := strings.Cut(name, "#")
		of, _ := host.CapabilityOf(guest.Import{Package: "alga:extension", Interface: face, Function: function})
		if n := u.Functions[name]; of == capability {
			out = append(out, runnerstatus.FunctionUse{Name: name, Calls: n.Calls, Denied: n.Denied, Last: n.Last})
		}
	}
	return out
}

// status is empty for what the extension has nothing to do with.
func (u usage) status(c runnerstatus.CapabilityUse) string {
	seen := len(c.Functions) > 0
	gone := u.imports != nil && len(u.imports[c.Name]) == 0 // the handler calls it no longer
	switch {
	case c.Always && seen:
		return runnerstatus.Used
	case seen && !gone && c.Declared:
		return runnerstatus.Used
	case seen && !gone:
		return runnerstatus.Missing
	case c.Declared && gone:
		return runnerstatus.Unused
	case c.Declared:
		return runnerstatus.NotSeen
	case !c.Always && u.imports != nil && !gone:
		return runnerstatus.Undeclared
	}
	return ""
}

// needs says whether the least manifest has it: what was called, and what is
// declared and stands in the handler's source, though no call came to it.
func (u usage) needs(c runnerstatus.CapabilityUse) bool {
	switch c.Status {
	case runnerstatus.Used, runnerstatus.Missing:
		return !c.Always
	case runnerstatus.NotSeen:
		return !c.Always && u.imports != nil
	}
	return false
}

// missing are hosts and secrets that were asked for and are still not there.
func (u usage) missing() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(u.Hosts)) {
		if u.Hosts[name].Reason != "" && !host.Allows(u.egress, name) {
			out = append(out, fmt.Sprintf("%s may not be fetched from: add 'egress %s' to the runner block of the Caddyfile", name, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.Used.Secrets)) {
		if _, given := u.secrets[name]; !given && u.Used.Secrets[name].Reason != "" {
			out = append(out, fmt.Sprintf("there is no secret %s: add 'secret %s VALUE' to the extension's block of the Caddyfile", name, name))
		}
	}
	return out
}

func (u usage) named(counts map[string]*record.Count) []runnerstatus.NameUse {
	out := []runnerstatus.NameUse{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, runnerstatus.NameUse{Name: name, Calls: counts[name].Calls, Denied: counts[name].Denied})
	}
	return out
}

func functionNames(c runnerstatus.CapabilityUse) string {
	var names []string
	for _, f := range c.Functions {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}
