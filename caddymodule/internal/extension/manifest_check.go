package extension

import (
	"fmt"
	"path"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// checker collects what is wrong with a manifest, field by field.
type checker struct {
	lines    fieldLines
	problems []Problem
}

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Line: c.lines.of(field), Message: fmt.Sprintf(format, args...)})
}

func (c *checker) present(field, value string) bool {
	return c.presentAs(field, value, "")
}

// presentAs adds what the field must be, for those whose name does not tell.
func (c *checker) presentAs(field, value, must string) bool {
	if value != "" {
		return true
	}
	if near := c.lines.similar(field); near != "" {
		c.add(near, "is not a field; did you mean %q?", field)
		return false
	}
	if must != "" {
		must = "; " + must
	}
	c.add(field, "is missing%s", must)
	return false
}

func (c *checker) name(field, value string) {
	if c.present(field, value) && !slug().MatchString(value) {
		c.add(field, "may hold letters, digits, - and _ (63 at most, a letter or digit first), not %q", value)
	}
}

func (c *checker) capabilities(list []string) {
	for i, capability := range list {
		if _, unknown := host.ParseCapabilities([]string{capability}); len(unknown) > 0 {
			c.add(fmt.Sprintf("capabilities[%d]", i), "is no capability: %q; there are %s", capability, strings.Join(host.AllCapabilities(), ", "))
		}
	}
}

func (c *checker) ui(ui *UI) {
	if ui == nil {
		return
	}
	if c.present("ui.type", ui.Type) && ui.Type != "iframe" {
		c.add("ui.type", "must be \"iframe\", not %q", ui.Type)
	}
	if !c.present("ui.entry", ui.Entry) {
		return
	}
	if clean := path.Clean(ui.Entry); path.IsAbs(ui.Entry) || clean != ui.Entry || !strings.HasPrefix(clean, "ui/") {
		c.add("ui.entry", "must be a file below ui/, such as \"ui/index.html\", not %q", ui.Entry)
	}
}

func (c *checker) api(api *API) {
	if api == nil {
		return
	}
	for i, e := range api.Endpoints {
		field := fmt.Sprintf("api.endpoints[%d]", i)
		if !methods[strings.ToUpper(e.Method)] {
			c.add(field+".method", "must be GET, POST, PUT, PATCH or DELETE, not %q", e.Method)
		}
		if !strings.HasPrefix(e.Path, "/") {
			c.add(field+".path", "must start with /, not %q", e.Path)
		}
	}
}
