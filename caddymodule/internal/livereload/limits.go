package livereload

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds how fast the pages of an extension may call on us. Each
// extension has its own allowance: one that asks without end uses up no
// other's.
type limits struct {
	pace  rate.Limit
	burst int

	mu sync.Mutex
	of map[string]*rate.Limiter // by extension
}

func newLimits(pace rate.Limit, burst int) *limits {
	return &limits{pace: pace, burst: burst, of: map[string]*rate.Limiter{}}
}

// allow takes n from the allowance of extension, or nothing when it has less.
func (l *limits) allow(extension string, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, known := l.of[extension]
	if !known {
		one = rate.NewLimiter(l.pace, l.burst)
		l.of[extension] = one
	}
	return one.AllowN(time.Now(), n)
}
