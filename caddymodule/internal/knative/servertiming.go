package knative

import (
	"fmt"
	"net/http"
	"time"

	"github.com/same-origin/devproxy/compose/expression"
)

// ServerTiming is one metric of a Server-Timing header: a token, a duration,
// and a description without quotes.
func ServerTiming(name string, took time.Duration, description string) string {
	return fmt.Sprintf("%s;dur=%.1f;desc=%q", name, float64(took.Microseconds())/1000, description)
}

var waits = expression.WhenNeeded(`^(cold|queue);dur=[0-9.]+;desc="(Knative cold start|emulated cold start|emulated queue)"$`)

// Waits are those metrics of a response's Server-Timing that [Meter] and
// [Emulator] add; whatever else the service itself says is left out.
func Waits(header http.Header) (metrics []string) {
	for _, metric := range header.Values("Server-Timing") {
		if waits().MatchString(metric) {
			metrics = append(metrics, metric)
		}
	}
	return metrics
}
