package host

// listing.go is what `clients` and `services` share: search, pages, one by id.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// The platform's bounds of a list call.
const (
	defaultPageSize = 25
	maxPageSize     = 100
	maxPage         = 10_000
	maxSearch       = 200
)

// catalog is one fixture of records with an id and a name.
type catalog struct {
	file     string
	id, name string // the fields' names
	// defaults are the values of fields that a fixture may leave out but the
	// interface requires.
	defaults guest.Record
	// aliases are names that other versions of the interface use.
	aliases map[string]string
	// keep says whether a record passes the call's own filters.
	keep func(input, row guest.Record) bool
}

// load reads the records, sorted by name, all required fields present.
func (c catalog) load(f *fixtures) ([]guest.Record, error) {
	rows, err := f.records(c.file)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		c.complete(row)
		if id, ok := row[c.id].(string); !ok || id == "" {
			return nil, fmt.Errorf("reading fixture %s: record %d has no %q", c.file, i+1, c.id)
		}
	}
	slices.SortStableFunc(rows, func(a, b guest.Record) int { return cmp.Compare(c.nameOf(a), c.nameOf(b)) })
	return rows, nil
}

func (c catalog) complete(row guest.Record) {
	for alias, name := range c.aliases {
		if row[name] == nil {
			row[name] = row[alias]
		}
	}
	for name, value := range c.defaults {
		if row[name] == nil {
			row[name] = value
		}
	}
	for alias, name := range c.aliases {
		row[alias] = row[name]
	}
}

func (c catalog) nameOf(row guest.Record) string {
	name, _ := field[string](row, c.name)
	return name
}

// list answers one page of the records that the input selects.
func (c catalog) list(s *session, input guest.Record) (any, error) {
	page, ok1 := bounded(input, "page", 1, maxPage)
	size, ok2 := bounded(input, "page-size", defaultPageSize, maxPageSize)
	search, _ := field[string](input, "search")
	if !ok1 || !ok2 || len(search) > maxSearch {
		return guest.Denied("invalid-input"), nil
	}
	rows, err := c.load(s.fixtures)
	if err != nil {
		return s.fixtureError(err), nil
	}
	search = strings.ToLower(strings.TrimSpace(search))
	rows = slices.DeleteFunc(rows, func(row guest.Record) bool {
		return !strings.Contains(strings.ToLower(c.nameOf(row)), search) || !c.keep(input, row)
	})
	first := min((page-1)*size, len(rows))
	items := make([]any, 0, size)
	for _, row := range rows[first:min(first+size, len(rows))] {
		items = append(items, row)
	}
	return guest.OK(guest.Record{"items": items, "total-count": len(rows), "page": page, "page-size": size}), nil
}

// get answers one record, or none.
func (c catalog) get(s *session, id string) (any, error) {
	if strings.TrimSpace(id) == "" {
		return guest.Denied("invalid-input"), nil
	}
	rows, err := c.load(s.fixtures)
	if err != nil {
		return s.fixtureError(err), nil
	}
	for _, row := range rows {
		if row[c.id] == id {
			return guest.OK(row), nil
		}
	}
	return guest.OK(nil), nil
}

// fixtureError tells the developer, in the log, what is wrong with a file.
func (s *session) fixtureError(err error) guest.Result {
	s.log.Error("a fixture cannot be used; correct the file, or delete it to get the sample back", "error", err)
	return guest.Denied("internal")
}

// bounded is an optional number between 1 and highest; false when it is not.
func bounded(input guest.Record, name string, otherwise, highest int) (int, bool) {
	v, ok := number(input, name)
	if !ok {
		return otherwise, true
	}
	return int(v), v >= 1 && v <= float64(highest)
}
