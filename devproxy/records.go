package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule"
)

// recorded asks the running devproxy something about recorded calls; what is
// wrong keeps the code that it answers with.
func (a *admin) recorded(ctx context.Context, method, path string, query url.Values, into any) error {
	a.client.Timeout = 0 // calls may take as long as the gateway lets them
	err := a.do(ctx, method, path+"?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(into)
	})
	var refused *refusal
	if !errors.As(err, &refused) {
		return err
	}
	var said struct{ Code string }
	if json.Unmarshal(refused.body, &said) == nil {
		if known := recordFault(said.Code, refused); known != nil {
			return known
		}
	}
	return err
}

// recordFault says what to do about a refusal; nil for one that is none of
// these.
func recordFault(code string, err error) error {
	switch code {
	case "recording_off":
		return &fault{Code: "recording_off", Exit: exitFailure, Err: err}
	case "execute_unknown":
		return usageFault("execute_unknown", "see 'devproxy replay --list' for those that are kept; a beginning of the id is enough", "%w", err)
	case "execute_ambiguous":
		return usageFault("execute_ambiguous", "write more of it; see 'devproxy replay --list'", "%w", err)
	case "nothing_recorded":
		return &fault{Code: "nothing_recorded", Exit: exitFailure, Err: err}
	case "backend_unknown":
		return usageFault("backend_unknown", "see 'devproxy status' for those there are", "%w", err)
	}
	return nil
}

// executes are the recorded calls, oldest first; all of them when last is 0.
func (a *admin) executes(ctx context.Context, last int) (caddymodule.Executes, error) {
	query := url.Values{}
	if last > 0 {
		query.Set("last", strconv.Itoa(last))
	}
	var out caddymodule.Executes
	return out, a.recorded(ctx, http.MethodGet, "/runner/executes", query, &out)
}

// completeExecutes offers the ids of recorded calls, the newest first, with
// what was called.
func completeExecutes(cmd *cobra.Command, args []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(contextOf(cmd), completeLimit)
	defer cancel()
	none := cobra.ShellCompDirectiveNoFileComp
	if cmd.Name() == "trace" && len(args) > 0 {
		return nil, none
	}
	p, err := findRunning()
	if err != nil {
		return nil, none
	}
	list, err := newAdmin(p).executes(ctx, 50)
	if err != nil {
		return nil, none
	}
	for _, e := range slices.Backward(list.Executes) {
		if !slices.Contains(args, e.ID) {
			ids = append(ids, e.ID+"\t"+e.Request.Method+" "+e.Request.Path+" "+e.Extension)
		}
	}
	return ids, none | cobra.ShellCompDirectiveKeepOrder
}
