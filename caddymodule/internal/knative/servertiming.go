package knative

import (
	"fmt"
	"time"
)

// ServerTiming is one metric of a Server-Timing header: a token, a duration,
// and a description without quotes.
func ServerTiming(name string, took time.Duration, description string) string {
	return fmt.Sprintf("%s;dur=%.1f;desc=%q", name, float64(took.Microseconds())/1000, description)
}
