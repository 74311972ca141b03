package caddymodule

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also finds what any test has left running.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	noRedirects.CloseIdleConnections()
	if err := goleak.Find(ofCaddy...); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// ofCaddy is what Caddy itself leaves running.
var ofCaddy = []goleak.Option{
	// ends some seconds after the lock of the storage is given back
	goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.keepLockfileFresh"),
	// of log files, one each, for good
	goleak.IgnoreTopFunction("github.com/DeRuina/timberjack.(*Logger).millRun"),
	// forgets an upstream with a variable in its address after five minutes
	goleak.IgnoreAnyFunction("github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy.(*Upstream).fillDynamicHost.func1.1"),
}
