package expression_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/same-origin/devproxy/compose/expression"
)

func TestExpression_is_compiled_once_and_only_when_it_is_needed(t *testing.T) {
	assert.NotPanics(t, func() { expression.WhenNeeded(`(`) })
	digits := expression.WhenNeeded(`\d+`)
	assert.Equal(t, "12", digits().FindString("a12b"))
	first := digits()
	assert.Same(t, first, digits())
}

func TestExpression_that_is_wrong_panics_each_time(t *testing.T) {
	wrong := expression.WhenNeeded(`(`)
	assert.Panics(t, func() { wrong() })
	assert.Panics(t, func() { wrong() })
}
