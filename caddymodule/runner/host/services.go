package host

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// services stand in for the platform's service catalogue.
var services = catalog{
	file: "services.json",
	id:   "service-id",
	name: "service-name",
	defaults: guest.Record{
		"service-name": "", "item-kind": "service", "billing-method": "fixed",
		"default-rate": 0.0, "unit-of-measure": "each", "is-active": true,
	},
	aliases: map[string]string{"id": "service-id", "name": "service-name", "service-type": "service-type-name"},
	keep: func(input, row guest.Record) bool {
		for _, name := range []string{"item-kind", "billing-method", "is-active"} {
			if wanted := input[name]; wanted != nil && wanted != row[name] {
				return false
			}
		}
		return true
	},
}

func listServices(s *session, _ context.Context, args []any) (any, error) {
	return services.list(s, args[0].(guest.Record))
}

func getService(s *session, _ context.Context, args []any) (any, error) {
	return services.get(s, args[0].(string))
}
