package main

import (
	"os"
	"strconv"

	"github.com/same-origin/devproxy/compose/expression"
)

const (
	defaultPort  = 3000
	portVariable = "DEVPROXY_PORT"
)

// portIn finds the default that a Caddyfile gives the port.
var portIn = expression.WhenNeeded(`\{\$` + portVariable + `:(\d+)\}`)

// choosePort goes by the flag, else by the variable, else by what the Caddyfile
// takes where nobody says anything.
func (o *upOptions) choosePort(given bool, body []byte) error {
	if given || o.port != defaultPort {
		return nil
	}
	said, from := os.Getenv(portVariable), portVariable
	if said == "" {
		in := portIn().FindSubmatch(body)
		if in == nil {
			return nil
		}
		said, from = string(in[1]), string(in[0])
	}
	port, err := strconv.ParseUint(said, 10, 16)
	if err != nil {
		return usageFault("invalid_flag", "choose one from 1 to 65535, or 0 for a free one", "%s is %q, which is no port", from, said)
	}
	o.port = int(port)
	return nil
}
