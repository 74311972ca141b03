// compare.go contains how two answers are compared.

package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
	"github.com/same-origin/devproxy/compose/expression"
)

// varying are headers that differ each time.
var varying = map[string]bool{"date": true, "age": true, "x-request-id": true, "server-timing": true, "traceparent": true, "tracestate": true}

// mostDifferences bounds what is told of one pair of answers.
const mostDifferences = 100

// comparison gathers differences.
type comparison struct {
	ignore []string
	found  []runnerstatus.Difference
}

// Compare lists where got differs from want. ignore are places to leave out,
// with all below them: `headers.etag`, `body.id`, `body.items[*].at`.
func Compare(want, got runnerstatus.Answer, ignore []string) []runnerstatus.Difference {
	c := &comparison{ignore: ignore, found: []runnerstatus.Difference{}}
	c.text("status", strconv.Itoa(want.Status), strconv.Itoa(got.Status))
	c.text("code", quoted(want.Code), quoted(got.Code))
	c.text("error", quoted(want.Error), quoted(got.Error))
	wanted, had := lowered(want.Headers), lowered(got.Headers)
	for _, name := range union(wanted, had) {
		if !varying[name] {
			c.text("headers."+name, optional(wanted, name), optional(had, name))
		}
	}
	c.bodies(want.Body, got.Body)
	return c.found
}

func (c *comparison) bodies(want, got *runnerstatus.Body) {
	if want == nil || got == nil {
		c.text("body", shown(want), shown(got))
		return
	}
	if want.Left != "" || got.Left != "" {
		if want.SHA256 == "" || want.SHA256 != got.SHA256 {
			c.text("body", shown(want), shown(got))
		}
		return
	}
	a, b, both := decoded(want.Text, got.Text)
	if both {
		c.values("body", a, b)
		return
	}
	c.lines(want.Text, got.Text)
}

// shown describes a body that is not compared by its content.
func shown(b *runnerstatus.Body) string {
	switch {
	case b == nil:
		return ""
	case b.Left != "":
		return quoted(fmt.Sprintf("%d bytes, %s, sha256 %.12s", b.Bytes, b.Left, b.SHA256))
	}
	return quoted(b.Text)
}

func decoded(a, b string) (first, second any, both bool) {
	for text, into := range map[*string]*any{&a: &first, &b: &second} {
		decoder := json.NewDecoder(strings.NewReader(*text))
		decoder.UseNumber()
		if !json.Valid([]byte(*text)) || decoder.Decode(into) != nil {
			return nil, nil, false
		}
	}
	return first, second, true
}

func (c *comparison) values(path string, want, got any) {
	switch wanted := want.(type) {
	case map[string]any:
		if had, ok := got.(map[string]any); ok {
			c.objects(path, wanted, had)
			return
		}
	case []any:
		if had, ok := got.([]any); ok {
			for i := range max(len(wanted), len(had)) {
				c.element(fmt.Sprintf("%s[%d]", path, i), at(wanted, i), at(had, i))
			}
			return
		}
	}
	c.text(path, text(want), text(got))
}

func (c *comparison) objects(path string, want, got map[string]any) {
	for _, name := range union(want, got) {
		var a, b *any
		if v, ok := want[name]; ok {
			a = &v
		}
		if v, ok := got[name]; ok {
			b = &v
		}
		c.element(path+"."+name, a, b)
	}
}

// element compares two values of which one may not be there.
func (c *comparison) element(path string, want, got *any) {
	switch {
	case want == nil:
		c.text(path, "", text(*got))
	case got == nil:
		c.text(path, text(*want), "")
	case !c.ignored(path):
		c.values(path, *want, *got)
	}
}

func at(list []any, i int) *any {
	if i < len(list) {
		return &list[i]
	}
	return nil
}

// lines tells of the first line that differs, and of how many there are.
func (c *comparison) lines(want, got string) {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var left, right string
		if i < len(a) {
			left = quoted(a[i])
		}
		if i < len(b) {
			right = quoted(b[i])
		}
		c.text(fmt.Sprintf("body line %d", i+1), left, right)
	}
}

func (c *comparison) text(path, want, got string) {
	if want != got && len(c.found) < mostDifferences && !c.ignored(path) {
		c.found = append(c.found, runnerstatus.Difference{Path: path, Want: want, Got: got})
	}
}

var index = expression.WhenNeeded(`\[\d+\]`)

func (c *comparison) ignored(path string) bool {
	for _, place := range c.ignore {
		for _, written := range []string{path, index().ReplaceAllString(path, "[*]")} {
			rest, below := strings.CutPrefix(written, place)
			if below && (rest == "" || strings.ContainsAny(rest[:1], ".[ ")) {
				return true
			}
		}
	}
	return false
}

func text(value any) string {
	encoded, _ := json.Marshal(value) // it was JSON
	return string(encoded)
}

func quoted(s string) string { return strconv.Quote(s) }

func optional(headers map[string]string, name string) string {
	if value, ok := headers[name]; ok {
		return quoted(value)
	}
	return ""
}

func lowered(headers map[string]string) map[string]string {
	out := make(map[string]string, len(headers))
	for name, value := range headers {
		out[strings.ToLower(name)] = value
	}
	return out
}

func union[V any](a, b map[string]V) []string {
	names := slices.Collect(maps.Keys(a))
	names = slices.AppendSeq(names, maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}
