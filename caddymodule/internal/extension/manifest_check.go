package extension

import (
	"fmt"
	"path"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/host"
	"github.com/same-origin/devproxy/compose/spelling"
)

// checker collects what is wrong with a manifest, field by field.
type checker struct {
	places   places
	problems []Problem
}

func (c *checker) add(field, format string, args ...any) {
	c.addAt(c.places.valueOf(field), field, fmt.Sprintf(format, args...))
}

func (c *checker) addAt(p Problem, field, message string) {
	p.Field, p.Message = field, message
	c.problems = append(c.problems, p)
}

func (c *checker) present(field, value string) bool {
	return c.presentAs(field, value, "")
}

// presentAs adds what the field must be, for those whose name does not tell.
func (c *checker) presentAs(field, value, must string) bool {
	if value != "" {
		return true
	}
	if near := c.places.similar(field); near != "" {
		c.addAt(c.places.nameOf(near), near, fmt.Sprintf("is not a field; did you mean %q?", field))
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
		_, unknown := host.ParseCapabilities([]string{capability})
		if len(unknown) == 0 {
			continue
		}
		meant := "there are " + strings.Join(host.AllCapabilities(), ", ")
		if near := nearCapability(unknown[0]); near != "" {
			meant = fmt.Sprintf("did you mean %q?", near)
		}
		c.add(fmt.Sprintf("capabilities[%d]", i), "is no capability: %q; %s", capability, meant)
	}
}

// nearCapability finds the capability that was meant; many leave out "cap:".
func nearCapability(name string) string {
	known := host.AllCapabilities()
	if near := spelling.Nearest("cap:"+strings.TrimPrefix(name, "cap:"), known); near != "" {
		return near
	}
	return spelling.Nearest(name, known)
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
		if c.present(field+".method", e.Method) && !methods[strings.ToUpper(e.Method)] {
			c.add(field+".method", "must be GET, POST, PUT, PATCH or DELETE, not %q", e.Method)
		}
		if c.present(field+".path", e.Path) && !strings.HasPrefix(e.Path, "/") {
			c.add(field+".path", "must start with /, not %q", e.Path)
		}
	}
}
