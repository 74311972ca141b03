package dashboard

import "net/http"

// Watch tells a page one value as server-sent events of that name: at once,
// and whenever it differs. It looks when something happened, and each second.
func (b *Board) Watch(w http.ResponseWriter, r *http.Request, name string, value func() any) {
	b.begin(w, r, b.hub.watch, func(s *stream) error {
		s.look = func() ([]byte, error) { return message(name, value()) }
		return s.status()
	})
}
