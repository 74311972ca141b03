package dockerrunner

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient/signature"
)

func TestAdmit_looks_at_the_time_of_an_upload_when_there_is_room_for_it(t *testing.T) {
	const passes, wrongClock = "", "clock"
	for name, c := range map[string]struct {
		ahead, wait time.Duration // of the client's clock, and for room
		want        string        // the end of the refusal
	}{
		"at once":                  {0, 0, passes},
		"a minute behind":          {-maxSkew, 0, passes},
		"a minute ahead":           {maxSkew, 0, passes},
		"a minute later":           {0, maxSkew, passes},
		"ahead, two minutes later": {maxSkew, 2 * maxSkew, passes},
		"more than a minute later": {0, 61 * time.Second, "waited 61000 ms for other uploads; sign it anew"},
		"behind, a moment later":   {-maxSkew, time.Second, "waited 1000 ms for other uploads; sign it anew"},
		"ahead, an hour later":     {maxSkew, time.Hour, "waited 3600000 ms for other uploads; sign it anew"},
		"wrong, a moment later":    {-2 * maxSkew, time.Second, wrongClock},
		"wrong at once":            {2 * maxSkew, 0, wrongClock},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Service{nonces: newNonces(0), large: make(chan struct{}, 1)}
				s.large <- struct{}{} // another's
				time.AfterFunc(c.wait, func() { <-s.large })
				release, err := s.admit(upload(time.Now().Add(c.ahead)), endpoint{limit: 1 << 10})
				if c.want == passes {
					require.NoError(t, err)
					release()
					assert.Len(t, s.nonces.until, 1)
				} else {
					var refused *failure
					require.ErrorAs(t, err, &refused)
					assert.Equal(t, []any{401, codeTimestampRange, c.want != wrongClock}, []any{refused.Status, refused.Code, refused.Retryable})
					assert.True(t, strings.HasSuffix(refused.Message, c.want), refused.Message)
					assert.Empty(t, s.nonces.until, "the nonce is not used up")
				}
				assert.Empty(t, s.large, "the room is given back")
			})
		})
	}
}

// upload is a signed one by a client whose clock shows that.
func upload(at time.Time) *call {
	const target, body = "/v1/containers/putArchive", `{"a":1}`
	request := httptest.NewRequest("POST", target, strings.NewReader(body))
	p := signature.Parts{Method: "POST", Target: target, Timestamp: strconv.FormatInt(at.UnixMilli(), 10), Nonce: "once", Body: []byte(body)}
	request.Header.Set(signature.HeaderTimestamp, p.Timestamp)
	request.Header.Set(signature.HeaderNonce, p.Nonce)
	request.Header.Set(signature.HeaderSignature, signature.Of([]byte("s"), p))
	return &call{request: request, writer: httptest.NewRecorder(), secret: []byte("s")}
}
