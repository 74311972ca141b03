// admit.go contains who may ask: the checks of headers, body and signature.

package dockerrunner

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

// maxSkew is how far a client's clock may be from ours.
const maxSkew = time.Minute

// bodyPatience bounds how long a body may take to arrive.
const bodyPatience = 2 * time.Minute

// admit checks a request, cheapest first, and reads its body. What it returns
// gives back the room that a large body took.
func (s *Service) admit(c *call, route endpoint) (release func(), err error) {
	header := c.request.Header
	p := signature.Parts{
		Method: c.request.Method, Target: c.request.RequestURI,
		Timestamp: header.Get(signature.HeaderTimestamp), Nonce: header.Get(signature.HeaderNonce),
	}
	given := header.Get(signature.HeaderSignature)
	if p.Timestamp == "" || p.Nonce == "" || given == "" {
		return nil, denied(codeMissingHeaders, "the request needs the headers x-dr-timestamp, x-dr-nonce and x-dr-signature")
	}
	arrived := time.Now()
	release, err = s.makeRoom(c, route)
	if err != nil {
		return nil, err
	}
	// From here on it takes no longer than nonces are kept beyond the skew.
	at, err := s.checkTime(p, time.Since(arrived))
	if err == nil {
		err = s.checkBody(c, route, p, given)
	}
	if err == nil { // only then is the nonce used up
		err = s.nonces.use(p.Nonce, at, time.Now())
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// checkTime says whether the request, which waited so long for room, is of now,
// and the first of its nonce. It gives the millisecond at which it was signed.
func (s *Service) checkTime(p signature.Parts, waited time.Duration) (at int64, err error) {
	ms, err := strconv.ParseInt(p.Timestamp, 10, 64)
	if err != nil {
		return 0, denied(codeInvalidTimestamp, "x-dr-timestamp is not a number of milliseconds")
	}
	now := time.Now()
	if skew := now.UnixMilli() - ms; !isNear(skew) {
		return 0, outOfRange(isNear(skew-waited.Milliseconds()), waited)
	}
	if s.nonces.seen(p.Nonce, now) {
		return 0, denied(codeReplayedNonce, "x-dr-nonce was used before")
	}
	return ms, nil
}

func isNear(skew int64) bool {
	return -maxSkew.Milliseconds() <= skew && skew <= maxSkew.Milliseconds()
}

// outOfRange tells a client whose clock was right to try again.
func outOfRange(atFirst bool, waited time.Duration) *failure {
	refused := denied(codeTimestampRange, fmt.Sprintf("x-dr-timestamp is more than %d ms away from this machine's clock", maxSkew.Milliseconds()))
	if atFirst {
		refused.Message += fmt.Sprintf(" now: the request waited %d ms for other uploads; sign it anew", waited.Milliseconds())
		refused.Retryable = true
	}
	return refused
}

// checkBody reads the body and compares the signature.
func (s *Service) checkBody(c *call, route endpoint, p signature.Parts, given string) error {
	raw, err := readBody(c, route.limit)
	if err != nil {
		return err
	}
	if p.Body, err = signature.Body(raw); err != nil {
		return &failure{Status: http.StatusBadRequest, Code: codeMalformedJSON, Message: err.Error()}
	}
	if !signature.Valid(c.secret, p, given) {
		return denied(codeInvalidSignature, "x-dr-signature does not match the request")
	}
	c.body = p.Body
	return nil
}

func readBody(c *call, limit int64) ([]byte, error) {
	if limit == 0 {
		limit = bodyLimit
	}
	tooLarge := &failure{Status: http.StatusRequestEntityTooLarge, Code: codeBodyTooLarge, Message: fmt.Sprintf("the body is larger than %d bytes", limit)}
	if c.request.ContentLength > limit {
		return nil, tooLarge // unread: the client may not even have sent it
	}
	// Not every writer has deadlines; those of both servers do.
	control := http.NewResponseController(c.writer)
	_ = control.SetReadDeadline(time.Now().Add(bodyPatience))
	raw, err := io.ReadAll(http.MaxBytesReader(c.writer, c.request.Body, limit))
	_ = control.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &failure{Status: http.StatusBadRequest, Code: codeMalformedJSON, Message: "the body ends too early", Retryable: true}
	}
	return raw, nil
}

// makeRoom waits until a large body fits into memory beside the others.
func (s *Service) makeRoom(c *call, route endpoint) (release func(), err error) {
	if route.limit == 0 {
		return func() {}, nil
	}
	select {
	case s.large <- struct{}{}:
		return func() { <-s.large }, nil
	case <-c.request.Context().Done():
		return nil, c.request.Context().Err()
	}
}
