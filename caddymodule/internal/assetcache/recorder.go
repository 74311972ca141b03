package assetcache

import (
	"maps"
	"net/http"
	"strconv"
)

// recorder takes an answer in as long as it can be kept, and becomes a mere
// passage to the client as soon as it cannot.
type recorder struct {
	to      http.ResponseWriter
	header  http.Header
	status  int // 0 until the answer began
	body    []byte
	largest int64
	passing bool
	room    func(bytes int64) bool // asked before body grows
	free    func(bytes int64)      // gives room back
	taken   int64                  // bytes of room
	crowded bool                   // it passes for lack of room alone
	passes  func()                 // called once, when it becomes a passage
}

func (r *recorder) Header() http.Header {
	if r.passing {
		return r.to.Header()
	}
	return r.header
}

func (r *recorder) WriteHeader(status int) {
	if status < http.StatusOK || r.status != 0 {
		return // early hints of a runner are no part of the asset
	}
	r.status = status
	if !keepable(status, r.header, r.largest) {
		r.pass()
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !r.passing && !r.fits(len(p)) {
		r.pass()
		_, err := r.to.Write(r.body)
		r.drop()
		if err != nil {
			return 0, err
		}
	}
	if r.passing {
		return r.to.Write(p)
	}
	if r.body == nil {
		r.body = make([]byte, 0, max(r.length(), int64(len(p))))
	}
	r.body = append(r.body, p...)
	return len(p), nil
}

// fits says whether n more bytes may be taken in.
func (r *recorder) fits(n int) bool {
	size := int64(len(r.body) + n)
	if size > r.largest {
		return false
	}
	if more := max(size, r.length()) - r.taken; more > 0 {
		if !r.room(more) {
			r.crowded = true
			return false
		}
		r.taken += more
	}
	return true
}

// drop lets go of the body, and gives back the room for it.
func (r *recorder) drop() {
	r.free(r.taken)
	r.body, r.taken = nil, 0
}

// pass gives the client what there is, and from now on all that comes.
func (r *recorder) pass() {
	r.passing = true
	r.passes()
	varies := r.to.Header()["Vary"]
	maps.Copy(r.to.Header(), r.header)
	addVary(r.to.Header(), varies)
	r.to.WriteHeader(r.status)
}

// FlushError implements what http.ResponseController asks for.
func (r *recorder) FlushError() error {
	if !r.passing {
		return nil
	}
	return http.NewResponseController(r.to).Flush()
}

// length is the body's as announced, or 0.
func (r *recorder) length() int64 {
	announced, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64)
	if err != nil {
		return 0
	}
	return min(max(announced, 0), r.largest)
}

// complete says whether the body is as long as announced.
func (r *recorder) complete() bool {
	announced := r.header.Get("Content-Length")
	return announced == "" || announced == strconv.Itoa(len(r.body))
}
