package host

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// fieldErrors says what is wrong with an input, by field. The first finding
// for a field stays.
type fieldErrors map[string]string

func (f fieldErrors) add(name, problem string) {
	if _, ok := f[name]; !ok {
		f[name] = problem
	}
}

func (f fieldErrors) unless(ok bool, name, problem string) {
	if !ok {
		f.add(name, problem)
	}
}

// Error is the first finding, in the order of field names.
func (f fieldErrors) Error() string {
	name := slices.Sorted(maps.Keys(f))[0]
	return fmt.Sprintf("%s: %s", name, f[name])
}

// record is the answer of a function that reports success in its result. The
// interface carries field errors as one JSON object.
func (f fieldErrors) record() guest.Record {
	text, err := json.Marshal(map[string]string(f))
	if err != nil {
		return failure(err.Error())
	}
	return guest.Record{"success": false, "error": f.Error(), "field-errors": string(text)}
}

// failure is the same without a field to blame.
func failure(problem string) guest.Record {
	return guest.Record{"success": false, "error": problem}
}

// Interface guard.
var _ error = fieldErrors(nil)
