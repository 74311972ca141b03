// gateway_method.go contains the `__method` override: hosts whose bridge can
// only POST name the method that they mean.

package caddymodule

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const methodField = "__method"

// incoming is the part of a request that an override may change.
type incoming struct {
	method string
	query  url.Values
	body   []byte
	json   bool
}

// override applies `__method` of a POST, the query's before the JSON body's,
// and strips it from both.
func (in *incoming) override() *problem {
	if in.method != http.MethodPost {
		return nil
	}
	method := in.query.Get(methodField)
	in.query.Del(methodField)
	if fromBody := in.stripBody(); method == "" {
		method = fromBody
	}
	if method == "" {
		return nil
	}
	method = strings.ToUpper(method)
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		in.method = method
		return nil
	}
	return &problem{http.StatusBadRequest, "invalid_request", methodField + " must be one of " + apiMethods}
}

// stripBody takes the field out of a JSON object; any other body, also one
// that is not valid JSON, stays as it is for the handler to judge.
func (in *incoming) stripBody() string {
	var object map[string]json.RawMessage
	if !in.json || json.Unmarshal(in.body, &object) != nil {
		return ""
	}
	var method string
	raw, ok := object[methodField]
	if !ok || json.Unmarshal(raw, &method) != nil {
		return ""
	}
	delete(object, methodField)
	if stripped, err := json.Marshal(object); err == nil {
		in.body = stripped
	}
	return method
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}
