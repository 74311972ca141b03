package monitor

import (
	"math"
	"time"
)

// delay is the wait after the n-th failure in a row, from 1:
// min(base·2^(n−1), max) + round(random·jitter), in milliseconds. random is
// in [0, 1).
func (c Config) delay(n int, random float64) time.Duration {
	jitter := math.Round(random * float64(c.RetryJitter.Milliseconds()))
	return c.doubled(n) + time.Duration(jitter)*time.Millisecond
}

func (c Config) doubled(n int) time.Duration {
	wait := c.RetryBaseDelay
	for range n - 1 {
		// looking before doubling keeps the product from overflowing
		if wait > c.RetryMaxDelay/2 {
			return c.RetryMaxDelay
		}
		wait *= 2
	}
	return min(wait, c.RetryMaxDelay)
}
