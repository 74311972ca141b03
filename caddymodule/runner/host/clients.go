package host

import (
	"context"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// clients stand in for the platform's clients.
var clients = catalog{
	file:     "clients.json",
	id:       "client-id",
	name:     "client-name",
	defaults: guest.Record{"client-name": "", "is-inactive": false},
	aliases:  map[string]string{"id": "client-id", "name": "client-name", "email": "billing-email"},
	keep: func(input, row guest.Record) bool {
		all, _ := field[bool](input, "include-inactive")
		return all || row["is-inactive"] != true
	},
}

func listClients(s *session, _ context.Context, args []any) (any, error) {
	return clients.list(s, args[0].(guest.Record))
}

func getClient(s *session, _ context.Context, args []any) (any, error) {
	return clients.get(s, args[0].(string))
}
