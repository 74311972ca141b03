// status_check.go contains what `status --check` minds.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// unhealthy says what keeps the newest save from being shown or a request from
// being answered; nil for nothing. Warnings, and backends that get no requests,
// are left out.
func unhealthy(s runnerstatus.Snapshot) error {
	var wrong []string
	for _, b := range s.Backends {
		if (b.Selected || b.Share != nil) && b.Status != "up" {
			wrong = append(wrong, "backend "+b.Name+" is "+b.Status)
		}
	}
	for _, e := range s.Extensions {
		wrong = append(wrong, wrongWith(e)...)
	}
	if s.Error != "" {
		wrong = append(wrong, s.Error)
	}
	if len(wrong) == 0 {
		return nil
	}
	return &fault{Code: "not_healthy", Exit: exitUnhealthy, Err: errors.New(strings.Join(wrong, "; "))}
}

func wrongWith(e runnerstatus.Extension) (wrong []string) {
	for _, p := range e.Problems {
		wrong = append(wrong, p.String())
	}
	if e.Error != nil && !toldByProblems(e) {
		wrong = append(wrong, e.Error.Message)
	}
	if e.LatestBuild != "" {
		wrong = append(wrong, fmt.Sprintf("build %s of %s answers, not the working tree (%s)", e.Build, e.ID, e.LatestBuild))
	}
	if !slices.Contains([]string{"ready", "none", ""}, e.Handler.Status) && len(e.Problems) == 0 {
		wrong = append(wrong, fmt.Sprintf("the handler of %s is %s", cmp.Or(e.ID, e.Dir), e.Handler.Status))
	}
	return wrong
}

// toldByProblems says that the problems hold what the error says, with places.
func toldByProblems(e runnerstatus.Extension) bool {
	return slices.ContainsFunc(e.Problems, func(p runnerstatus.Problem) bool { return p.Code == e.Error.Code })
}
