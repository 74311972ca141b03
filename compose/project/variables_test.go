package project

import (
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/template"
	"github.com/stretchr/testify/assert"
)

func lookup(name string) (string, bool) {
	value, ok := map[string]string{"A": "a", "B": "b", "EMPTY": ""}[name]
	return value, ok
}

func TestVariablesAreReplacedAsComposeGoReplacesThem(t *testing.T) {
	for _, text := range []string{
		"", "plain", "$A", "${A}", "$A$B", "${A}/${B}", "${A:-x}/${B}", "${NONE:-x}/${NONE-y}/$B", "${EMPTY:-x}${EMPTY-y}",
		"${A:+set}${NONE:+set}", "${NONE:-${A}}", "${NONE:-${A}-${B}}/${A}", "$$A", "$${A}", "${A:-$$}", "cost: 5$$ ${A}", "a}b${A}c}d",
		"${NONE:-a}b}${A}", "${A:?why}", "${NONE:-{}}", "{${A}}",
	} {
		want, err := template.Substitute(text, lookup)
		assert.NoError(t, err, text)
		got, err := new(variables).substitute(text, lookup)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestAWrongVariableIsAnErrorAsInComposeGo(t *testing.T) {
	for _, text := range []string{"${NONE:?why}", "${A}${NONE?}", "${", "${A", "${1}", "$", "${A:-x}/${NONE:?why}"} {
		_, want := template.Substitute(text, lookup)
		_, err := new(variables).substitute(text, lookup)
		assert.Equal(t, want, err, text)
	}
}

func TestOnlyVariablesWithoutValueAndDefaultAreNoted(t *testing.T) {
	var v variables
	for _, text := range []string{"$A", "${NONE-x}", "${EMPTY}", "$ONE ${TWO}", "${NONE:-x}/${THREE}", "${ONE}"} {
		_, err := v.substitute(text, lookup)
		assert.NoError(t, err)
	}
	assert.Equal(t, []unsetVariable{
		{"ONE", "$ONE ${TWO}"}, {"TWO", "$ONE ${TWO}"}, {"THREE", "${NONE:-x}/${THREE}"}, {"ONE", "${ONE}"},
	}, v.unset)
}

func TestDollarSignsAreNoVariables(t *testing.T) {
	got, err := new(variables).substitute(strings.Repeat("$$", 5*mostVariables)+"${A}", lookup)
	assert.NoError(t, err)
	assert.Equal(t, strings.Repeat("$", 5*mostVariables)+"a", got)
	_, err = new(variables).substitute(strings.Repeat("$$$A", mostVariables+1), lookup)
	assert.ErrorContains(t, err, "more than 1000 variables")
}
