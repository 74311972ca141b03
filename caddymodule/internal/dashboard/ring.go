package dashboard

// ring holds the newest values, up to its size. It is not safe for concurrent
// use.
type ring[T any] struct {
	size   int
	values []T
	oldest int // index, once it is full
}

func newRing[T any](size int) ring[T] { return ring[T]{size: size} }

func (r *ring[T]) add(value T) {
	if len(r.values) < r.size {
		r.values = append(r.values, value)
		return
	}
	r.values[r.oldest] = value
	r.oldest = (r.oldest + 1) % r.size
}

// all gives a copy, oldest first; never nil.
func (r *ring[T]) all() []T {
	out := make([]T, 0, len(r.values))
	out = append(out, r.values[r.oldest:]...)
	return append(out, r.values[:r.oldest]...)
}
