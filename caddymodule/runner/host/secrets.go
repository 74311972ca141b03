package host

import (
	"context"
	"maps"
	"slices"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func getSecret(s *session, _ context.Context, args []any) (any, error) {
	value, ok := s.inv.Secrets[args[0].(string)]
	if !ok {
		return guest.Denied("missing"), nil
	}
	return guest.OK(value), nil
}

func listSecretKeys(s *session, _ context.Context, _ []any) (any, error) {
	keys := make([]any, 0, len(s.inv.Secrets))
	for _, key := range slices.Sorted(maps.Keys(s.inv.Secrets)) {
		keys = append(keys, key)
	}
	return keys, nil
}
