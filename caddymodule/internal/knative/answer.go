package knative

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// answerError is what the cluster said instead of an object.
type answerError struct {
	Status  int
	Message string // of its Status object; empty when it sent none
}

func (e *answerError) Error() string {
	if e.Message != "" {
		return fmt.Sprintf("it answered %d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("it answered %d", e.Status)
}

func readAnswerError(status int, body io.Reader) error {
	var answer struct{ Kind, Message string }
	// what is no Status object, a proxy's page for one, helps nobody
	if json.NewDecoder(body).Decode(&answer) != nil || answer.Kind != "Status" {
		answer.Message = ""
	}
	return &answerError{Status: status, Message: answer.Message}
}

// refused turns an answer to a question about ref into an *Error.
func (c *Cluster) refused(ref Ref, e *answerError) error {
	switch e.Status {
	case http.StatusUnauthorized:
		return &Error{Code: CodeUnauthorized, Message: "the cluster at " + c.base.Redacted() + " does not know you", Err: e, Fix: "log in again: a token or certificate has expired, or belongs to another cluster"}
	case http.StatusForbidden:
		return &Error{Code: CodeForbidden, Message: "you may not read the Knative service " + ref.String(), Err: e, Fix: "ask for `get` and `list` on services.serving.knative.dev in namespace " + ref.Namespace}
	}
	return c.unreachable(e)
}
