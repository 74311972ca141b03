package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	begun   = `{"config":{"protocol_version":"v1.0.0"}}`
	known   = `{"osv":{"id":"GO-2999-0001","summary":"It\n breaks"}}`
	inHand  = `{"finding":{"osv":"GO-2999-0001","fixed_version":"v1.2.4","trace":[{"module":"example.org/m","version":"v1.2.3"}]}}`
	inUse   = `{"finding":{"osv":"GO-2999-0001","fixed_version":"v1.2.4","trace":[{"module":"example.org/m","version":"v1.2.3","package":"example.org/m/p"}]}}`
	reached = `{"finding":{"osv":"GO-2999-0001","fixed_version":"v1.2.4","trace":[{"module":"example.org/m","version":"v1.2.3","package":"example.org/m/p","function":"Do","receiver":"*T"},{"package":"ours","function":"Run"}]}}`
)

func judge(t *testing.T, allowed string, said ...string) (int, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "allowed")
	require.NoError(t, os.WriteFile(file, []byte(allowed), 0o600))
	var out, errs bytes.Buffer
	code := run([]string{file}, strings.NewReader(strings.Join(said, "\n")), &out, &errs)
	return code, out.String() + errs.String()
}

func TestFindings_that_are_reached_fail_with_the_way_and_the_version_that_mends_them(t *testing.T) {
	code, said := judge(t, "", begun, known, inHand, inUse, reached)
	assert.Equal(t, 1, code)
	assert.Equal(t, `GO-2999-0001 REACHED: It breaks
  example.org/m@v1.2.3, mended in v1.2.4
  by way of ours.Run → example.org/m/p.T.Do
1 reached, 0 in packages that are imported, 0 in modules that are required
`, said)
}

func TestFindings_that_are_allowed_are_named_with_the_reason(t *testing.T) {
	code, said := judge(t, "# why\n\nGO-2999-0001 of the server only\n", begun, known, reached)
	assert.Zero(t, code, said)
	assert.Contains(t, said, "GO-2999-0001 stays: It breaks")
	assert.Contains(t, said, "of the server only")
}

func TestFindings_that_are_not_reached_are_named_only(t *testing.T) {
	for said, counted := range map[string]string{
		inHand: "0 reached, 0 in packages that are imported, 1 in modules",
		inUse:  "0 reached, 1 in packages that are imported, 0 in modules",
	} {
		code, out := judge(t, "", begun, known, said)
		assert.Zero(t, code, out)
		assert.Contains(t, out, "GO-2999-0001 not reached")
		assert.Contains(t, out, counted)
	}
}

func TestFindings_say_which_allowance_is_out_of_date(t *testing.T) {
	code, said := judge(t, "GO-2999-0002 was of the server\n", begun)
	assert.Zero(t, code, said)
	assert.Contains(t, said, "GO-2999-0002 is allowed, and was not found")
}

func TestFindings_tell_nothing_found_from_not_looked(t *testing.T) {
	for name, c := range map[string]struct{ allowed, said, why string }{
		"no scan":           {"", "", "reading what govulncheck says: EOF"},
		"a scan cut short":  {"", begun + `{"finding":`, "unexpected EOF"},
		"no reason":         {"GO-2999-0001\n", begun, "line 1 must be an id such as GO-2026-1234 and a reason"},
		"something else":    {"\nexample because\n", begun, "line 2 must be"},
		"what is not JSON":  {"", "govulncheck: no go.mod file", "reading what govulncheck says"},
		"nothing but words": {"", `{"progress":{"message":"Scanning"}}`, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			code, said := judge(t, c.allowed, c.said)
			assert.Equal(t, 2, code)
			assert.Contains(t, said, c.why)
		})
	}
}
