package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
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
	if err := app.misled(getenv); err != nil {
		return nil, err
	}
	return json.Marshal(app)
}

// misled is what is wrong in the environment, in one sentence: Caddy would say
// it in all the words of the modules that it loads on the way.
func (a *App) misled(getenv func(string) string) error {
	env := trimmed(getenv)
	if env(EnvBackend) != "" {
		if err := a.checkDefault(); err != nil {
			return fmt.Errorf("%s: %w", EnvBackend, err)
		}
	}
	if err := new(App).overlayTimeout(env(EnvTimeout)); err != nil {
		return err
	}
	_, err := monitor.ConfigFromEnv(getenv)
	return err
}
