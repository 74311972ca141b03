package backend

import (
	"math/rand/v2"
	"net/http"
	"strconv"
)

// Split shares requests out between two backends. A request goes to To when
// any of the rules that are set takes it.
type Split struct {
	To *Backend
	// Percent of the browsers, 0 to 100. A browser stays with its side: its
	// number is in a cookie.
	Percent int
	// Header and Cookie are a name, or name=value.
	Header, Cookie Pair
}

// Pair is a name, and the value that it must have; any when empty.
type Pair struct{ Name, Value string }

func (p Pair) matches(found string) bool { return found != "" && (p.Value == "" || p.Value == found) }

func (p Pair) String() string {
	if p.Value == "" {
		return p.Name
	}
	return p.Name + "=" + p.Value
}

// shareCookie holds a browser's number from 0 to 99.
const shareCookie = "__runner_share"

// Takes says whether r goes to s.To.
func (s *Split) Takes(r *http.Request) bool {
	if s.Header.Name != "" && s.Header.matches(r.Header.Get(s.Header.Name)) {
		return true
	}
	if s.Cookie.Name != "" {
		if cookie, err := r.Cookie(s.Cookie.Name); err == nil && s.Cookie.matches(cookie.Value) {
			return true
		}
	}
	number, known := shareOf(r)
	return known && number < s.Percent
}

func shareOf(r *http.Request) (number int, known bool) {
	cookie, err := r.Cookie(shareCookie)
	if err != nil {
		return 0, false
	}
	number, err = strconv.Atoi(cookie.Value)
	return number, err == nil && number >= 0 && number < 100
}

// Enrol gives a browser that has none a number, so that all of its requests go
// to one side; r has it from now on. Call it before the response's header is
// written.
func (s *Split) Enrol(w http.ResponseWriter, r *http.Request) {
	if s == nil || s.Percent == 0 {
		return
	}
	if _, known := shareOf(r); known {
		return
	}
	cookie := &http.Cookie{ // #nosec G124 -- a number that says nothing; http is the default here
		Name: shareCookie, Value: strconv.Itoa(rand.IntN(100)), // #nosec G404 -- spreads load, keeps no secret
		Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	http.SetCookie(w, cookie)
	r.AddCookie(cookie)
}
