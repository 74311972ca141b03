package record

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

func answer(body string, headers ...string) runnerstatus.Answer {
	a := runnerstatus.Answer{Status: 200, Headers: map[string]string{}}
	if body != "" {
		a.Body = &runnerstatus.Body{Bytes: len(body), Text: body}
	}
	for i := 0; i < len(headers); i += 2 {
		a.Headers[headers[i]] = headers[i+1]
	}
	return a
}

func TestCompare_names_each_place_that_differs(t *testing.T) {
	for _, c := range []struct {
		want, got runnerstatus.Answer
		ignore    []string
		found     []runnerstatus.Difference
	}{
		{answer(`{"a":1,"b":[1,2]}`), answer(`{ "b": [1, 2], "a": 1 }`), nil, nil},
		{answer(`{"a":{"b":[{"c":1}]}}`), answer(`{"a":{"b":[{"c":2}]}}`), nil, []runnerstatus.Difference{{Path: "body.a.b[0].c", Want: "1", Got: "2"}}},
		{answer(`{"a":1}`), answer(`{"b":1}`), nil, []runnerstatus.Difference{{Path: "body.a", Want: "1"}, {Path: "body.b", Got: "1"}}},
		{answer(`[1]`), answer(`[1,null]`), nil, []runnerstatus.Difference{{Path: "body[1]", Got: "null"}}},
		{answer(`{"a":1.0}`), answer(`{"a":1}`), nil, []runnerstatus.Difference{{Path: "body.a", Want: "1.0", Got: "1"}}},
		{answer(`{"a":[]}`), answer(`{"a":{}}`), nil, []runnerstatus.Difference{{Path: "body.a", Want: "[]", Got: "{}"}}},
		{answer("x\ny"), answer("x\nz"), nil, []runnerstatus.Difference{{Path: "body line 2", Want: `"y"`, Got: `"z"`}}},
		{answer("x"), answer(""), nil, []runnerstatus.Difference{{Path: "body", Want: `"x"`}}},
		{answer("", "ETag", "1", "Date", "x"), answer("", "etag", "2", "date", "y"), nil, []runnerstatus.Difference{{Path: "headers.etag", Want: `"1"`, Got: `"2"`}}},
		{answer(`{"i":[{"at":1,"b":1},{"at":2}]}`), answer(`{"i":[{"at":3,"b":2},{"at":4}]}`), []string{"body.i[*].at"}, []runnerstatus.Difference{{Path: "body.i[0].b", Want: "1", Got: "2"}}},
		{answer(`{"id":1,"idea":1}`), answer(`{"id":2,"idea":2}`), []string{"body.id"}, []runnerstatus.Difference{{Path: "body.idea", Want: "1", Got: "2"}}},
		{answer(`{"a":1}`, "etag", "1"), answer(`{"a":2}`, "etag", "2"), []string{"body", "headers"}, nil},
		{runnerstatus.Answer{Status: 200}, runnerstatus.Answer{Status: 500, Error: "execute_failed: x"}, nil, []runnerstatus.Difference{
			{Path: "status", Want: "200", Got: "500"}, {Path: "error", Want: `""`, Got: `"execute_failed: x"`},
		}},
	} {
		found := Compare(c.want, c.got, c.ignore)
		if len(found) == 0 {
			found = nil
		}
		assert.Equal(t, c.found, found)
	}
}

func TestCompare_takes_bodies_that_are_not_kept_by_their_hash(t *testing.T) {
	of := func(content string) runnerstatus.Answer {
		a := runnerstatus.Answer{Status: 200, Body: AnswerBodyOf([]byte(content))}
		NewRedactor(nil, nil).Answer(&a)
		return a
	}
	assert.Empty(t, Compare(of("\xff1"), of("\xff1"), nil))
	assert.Len(t, Compare(of("\xff1"), of("\xff2"), nil), 1)
}
