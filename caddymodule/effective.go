package caddymodule

import (
	"bytes"
	"encoding/json"
)

// Effective is the app's JSON with what the environment says of where the
// runner is: for those who must know before Caddy starts. What cannot be
// understood is left for Caddy to complain of.
func Effective(config json.RawMessage, getenv func(string) string) (json.RawMessage, error) {
	var app App
	decoder := json.NewDecoder(bytes.NewReader(config))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&app) != nil {
		return config, nil
	}
	if err := app.overlayBackends(trimmed(getenv)); err != nil {
		return nil, err
	}
	return json.Marshal(app)
}
