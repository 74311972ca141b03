package stack

import (
	"math"
	"time"
)

// Policy says how a dead generation is started again. The zero value is the
// default.
type Policy struct {
	Initial  time.Duration // before the first attempt. Default: 200 ms
	Factor   float64       // between attempts. Default: 2
	Max      time.Duration // at most. Default: 10 s
	Attempts int           // in a row before giving up. Default: 6
	Reset    time.Duration // of life after which a death is the first again. Default: 60 s
}

func (p Policy) withDefaults() Policy {
	if p.Initial == 0 {
		p.Initial = 200 * time.Millisecond
	}
	if p.Factor == 0 {
		p.Factor = 2
	}
	if p.Max == 0 {
		p.Max = 10 * time.Second
	}
	if p.Attempts == 0 {
		p.Attempts = 6
	}
	if p.Reset == 0 {
		p.Reset = 60 * time.Second
	}
	return p
}

// Delay is the pause before an attempt (0, 1, …); false when there is none left.
func (p Policy) Delay(attempt int) (time.Duration, bool) {
	p = p.withDefaults()
	if attempt >= p.Attempts {
		return 0, false
	}
	delay := float64(p.Initial) * math.Pow(p.Factor, float64(attempt))
	return time.Duration(min(delay, float64(p.Max))), true
}
