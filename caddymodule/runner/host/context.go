package host

// context.go answers `context` and `user`: who asks, and on whose behalf.

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func getContext(s *session, _ context.Context, _ []any) (any, error) {
	c := s.inv.Context
	return guest.Record{
		"request-id":   some(c.RequestID),
		"tenant-id":    c.TenantID,
		"extension-id": c.ExtensionID,
		"install-id":   some(c.InstallID),
		"version-id":   some(c.VersionID),
		"config":       pairs(s.inv.Config),
	}, nil
}

// getUser answers `user` and `user-v2`; the fields that the older one does
// not have are left out by the engine.
func getUser(s *session, _ context.Context, _ []any) (any, error) {
	u := s.inv.User
	if u == nil {
		return guest.Denied("not-available"), nil
	}
	return guest.OK(guest.Record{
		"tenant-id":         cmp.Or(u.TenantID, s.inv.Context.TenantID),
		"client-name":       u.ClientName,
		"user-id":           u.UserID,
		"user-email":        u.UserEmail,
		"user-name":         u.UserName,
		"user-type":         u.UserType,
		"client-id":         some(u.ClientID),
		"additional-fields": pairs(u.AdditionalFields),
	}), nil
}

// some is the option that holds s, or none when s is empty.
func some(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// pairs is a map as a list of (key, value), sorted so that every run of a
// handler sees the same order.
func pairs(m map[string]string) []any {
	list := make([]any, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, []any{key, m[key]})
	}
	return list
}
