package caddymodule

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/internal/backend"
	"github.com/same-origin/devproxy/caddymodule/internal/engine"
	"github.com/same-origin/devproxy/caddymodule/internal/monitor"
)

// use answers 200 with the state after the swap, 404 for a name that no
// backend has, 503 when it ends meanwhile, and
// 409 with `code` when the backend does not answer, or another was asked for.
func (a *Admin) use(w http.ResponseWriter, r *http.Request) error {
	e := running(w, r, http.MethodPost)
	if e == nil {
		return nil
	}
	query := r.URL.Query()
	options, err := useOptions(query)
	if err != nil {
		return refuse(w, http.StatusBadRequest, err.Error())
	}
	err = e.Use(r.Context(), query.Get("backend"), options)
	var notReady *engine.NotReadyError
	var superseded *engine.SupersededError
	switch {
	case err == nil:
		return writeJSON(w, http.StatusOK, snapshot(e, defaultPrefix))
	case errors.Is(err, engine.ErrUnknownBackend):
		return refuse(w, http.StatusNotFound, err.Error())
	case errors.Is(err, engine.ErrStopped):
		return refuse(w, http.StatusServiceUnavailable, err.Error())
	case errors.As(err, &notReady):
		return writeJSON(w, http.StatusConflict, map[string]string{"error": err.Error(), "code": notReady.Fault.Code})
	case errors.As(err, &superseded):
		return writeJSON(w, http.StatusConflict, map[string]string{"error": err.Error(), "code": codeSuperseded})
	}
	return refuse(w, http.StatusInternalServerError, err.Error())
}

// codeSuperseded: the swap was not made, since another was asked for.
const codeSuperseded = "use_superseded"

func useOptions(query url.Values) (o engine.UseOptions, err error) {
	for name, into := range map[string]*bool{"wait": &o.Wait, "force": &o.Force, "stop_old": &o.StopOld} {
		if !query.Has(name) {
			continue
		}
		if *into, err = monitor.ParseBool(query.Get(name)); err != nil {
			return o, fmt.Errorf("%s: %w", name, err)
		}
	}
	if text := query.Get("percent"); text != "" {
		if o.Percent, err = strconv.Atoi(text); err != nil || o.Percent < 1 || o.Percent > 99 {
			return o, fmt.Errorf("percent is %q; write a number from 1 to 99, or leave it out for all requests", text)
		}
	}
	o.Header, o.Cookie = pairOf(query.Get("header")), pairOf(query.Get("cookie"))
	if o.StopOld && (o.Percent > 0 || o.Header.Name != "" || o.Cookie.Name != "") {
		return o, errors.New("stop_old ends a backend that still gets the other requests; leave one of them out")
	}
	return o, nil
}

// pairOf reads name=value, name: value, or a name.
func pairOf(text string) backend.Pair {
	name, value, found := strings.Cut(text, "=")
	if !found {
		name, value, _ = strings.Cut(text, ":")
	}
	return backend.Pair{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
}
