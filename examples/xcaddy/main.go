// Command caddy is what `xcaddy build --with github.com/same-origin/devproxy/caddymodule`
// makes: a stock Caddy with our module, for operators who have a Caddy of
// their own. It is kept here so that a test can build it.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/same-origin/devproxy/caddymodule"
)

func main() { caddycmd.Main() }
