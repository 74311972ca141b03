package codes

import (
	"cmp"
	"strings"
)

const lead = "# Error codes\n\n" +
	"Every error has a code that stays the same when its words change. The command prints `devproxy: CODE: what happened` and, below it, what to do; " +
	"HTTP answers are `{\"error\":{\"code\",\"message\"},\"request_id\"}`. `devproxy explain CODE` prints what this page says of a code.\n"

// Page is docs/errors.md.
func Page() string {
	var page strings.Builder
	page.WriteString(lead)
	for _, t := range tables {
		t.write(&page)
	}
	return page.String()
}

func (t Table) write(page *strings.Builder) {
	if t.Heading != "" {
		page.WriteString("\n## " + t.Heading + "\n")
	}
	if t.Intro != "" {
		page.WriteString("\n" + t.Intro + "\n")
	}
	head := []string{cmp.Or(t.Name, "code")}
	if t.At != "" {
		head = append(head, t.At)
	}
	page.WriteString("\n" + row(append(head, t.What)...) + "|" + strings.Repeat("---|", len(head)+1) + "\n")
	for _, c := range t.Codes {
		cells := []string{"`" + strings.ReplaceAll(c.Names, ", ", "`, `") + "`"}
		if t.At != "" {
			cells = append(cells, c.At)
		}
		page.WriteString(row(append(cells, strings.TrimSpace(c.What+" "+c.Fix))...))
	}
}

func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
