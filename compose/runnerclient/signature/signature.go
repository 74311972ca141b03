// Package signature signs requests of the docker-runner API, and checks them.
// Package runnerclient and the docker-runner service call it; it calls package
// canonicaljson.
package signature

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/compose/runnerclient/canonicaljson"
)

// The headers of a signed request.
const (
	HeaderTimestamp = "X-Dr-Timestamp" // milliseconds since 1970
	HeaderNonce     = "X-Dr-Nonce"     // never the same twice
	HeaderSignature = "X-Dr-Signature" // base64 of the HMAC-SHA256
)

// Parts are what is signed.
type Parts struct {
	Method    string
	Target    string // path and query as they are sent, byte for byte
	Timestamp string
	Nonce     string
	Body      []byte // as of Body; nil without one
}

// Of is the signature of a request.
func Of(secret []byte, p Parts) string {
	return base64.StdEncoding.EncodeToString(sum(secret, p))
}

// Valid checks a signature in a time that does not depend on where it differs.
func Valid(secret []byte, p Parts, signature string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	return err == nil && !strings.ContainsAny(signature, "\r\n") && hmac.Equal(given, sum(secret, p))
}

func sum(secret []byte, p Parts) []byte {
	hash := sha256.Sum256(p.Body)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strings.ToUpper(p.Method) + "\n" + p.Target + "\n" + p.Timestamp + "\n" + p.Nonce + "\n"))
	mac.Write([]byte(base64.StdEncoding.EncodeToString(hash[:])))
	return mac.Sum(nil)
}

// Body is what is signed of a body: nothing of an absent one and of null, of a
// string what it says, of anything else the canonical JSON. White space and the
// order of keys thus do not count. The error says that it is no JSON.
func Body(raw []byte) ([]byte, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	canonical, err := canonicaljson.Transform(raw)
	if err != nil || bytes.Equal(canonical, []byte("null")) {
		return nil, err
	}
	if canonical[0] == '"' {
		var text string
		err := json.Unmarshal(canonical, &text)
		return []byte(text), err
	}
	return canonical, nil
}

// Sign puts the three headers on a request, with a nonce of its own. The body is
// the one to be sent, as canonical JSON; nil without one.
func Sign(header http.Header, secret []byte, method, target string, body []byte) {
	p := Parts{
		Method: method, Target: target, Nonce: uuid.NewString(), Body: body,
		Timestamp: strconv.FormatInt(time.Now().UnixMilli(), 10),
	}
	header.Set(HeaderTimestamp, p.Timestamp)
	header.Set(HeaderNonce, p.Nonce)
	header.Set(HeaderSignature, Of(secret, p))
}
