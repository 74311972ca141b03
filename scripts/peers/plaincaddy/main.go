// Command plaincaddy is Caddy without our module, of the version that we build
// on: what devproxy is measured beside.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() { caddycmd.Main() }
