package runner

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// readJSON reads the request's body into v. The answer to what is wrong with
// it is 415, 413, 400 (no JSON) or 422 (JSON of another shape); none repeats
// a part of the body.
func (r *Runner) readJSON(w http.ResponseWriter, req *http.Request, v any) *failure {
	if !isJSON(req.Header.Get("Content-Type")) {
		return &failure{http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be JSON; send content-type: application/json"}
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.cfg.MaxExecuteBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &failure{http.StatusRequestEntityTooLarge, "payload_too_large", fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return badRequest("invalid_request", "the body could not be read to its end")
	}
	return decodeFailure(json.Unmarshal(data, v))
}

func decodeFailure(err error) *failure {
	var wrongType *json.UnmarshalTypeError
	var wrongBase64 base64.CorruptInputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return wrongShape(fmt.Sprintf("%s must be %s", wrongType.Field, wrongType.Type))
	case errors.As(err, &wrongBase64):
		return wrongShape("http.body_b64 is not base64")
	default:
		return badRequest("invalid_json", "the body is not JSON")
	}
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

func wrongShape(message string) *failure {
	return &failure{http.StatusUnprocessableEntity, "invalid_request", message}
}
