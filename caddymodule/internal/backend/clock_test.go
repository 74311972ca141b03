package backend

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A time that time.Now gave shows that it counts by the monotonic clock too,
// which nobody sets back.
func TestClock_that_is_set_moves_no_duration(t *testing.T) {
	b := New(Config{Name: "one"})
	b.heard(http.StatusOK)
	assert.Contains(t, b.Answered().String(), " m=")
	assert.Contains(t, b.unready.Load().String(), " m=")
}
