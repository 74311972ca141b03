package caddymodule

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSiteURL_is_the_runner_s_site_as_people_type_it(t *testing.T) {
	for name, c := range map[string]struct {
		sites []Listener
		want  string
	}{
		"none":                       {nil, ""},
		"one":                        {[]Listener{{Address: "127.0.0.1:3000", Runner: true}}, "http://localhost:3000"},
		"any address":                {[]Listener{{Address: ":3000", Runner: true}}, "http://localhost:3000"},
		"https and its redirects":    {[]Listener{{Address: ":80"}, {Address: ":443", Secure: true}}, "https://localhost:443"},
		"the runner's, whose is two": {[]Listener{{Address: ":3000"}, {Address: ":8000", Runner: true}}, "http://localhost:8000"},
		"a runner without https":     {[]Listener{{Address: ":443", Secure: true}, {Address: ":8000", Runner: true}}, "http://localhost:8000"},
		"a runner on both":           {[]Listener{{Address: ":80", Runner: true}, {Address: ":8443", Runner: true, Secure: true}}, "https://localhost:8443"},
		"no runner at all":           {[]Listener{{Address: ":9000"}, {Address: ":8000"}}, "http://localhost:8000"},
		"a name of its own":          {[]Listener{{Address: ":3000", Runner: true, Hosts: []string{"app.localhost"}}}, "http://app.localhost:3000"},
		"localhost among its names":  {[]Listener{{Address: ":3000", Runner: true, Hosts: []string{"127.0.0.1", "localhost"}}}, "http://localhost:3000"},
		"a pattern":                  {[]Listener{{Address: ":3000", Runner: true, Hosts: []string{"*.localhost", "{host}"}}}, "http://localhost:3000"},
		"an address of IPv6":         {[]Listener{{Address: ":3000", Runner: true, Hosts: []string{"::1"}}}, "http://[::1]:3000"},
	} {
		assert.Equal(t, c.want, SiteURL(c.sites), name)
	}
}

func TestTCPAddresses_leaves_out_what_no_browser_opens(t *testing.T) {
	assert.Equal(t, []string{":80", "127.0.0.1:81"}, TCPAddresses([]string{":80", "unix//run/x", "udp/:443", ":80-90", "tcp/127.0.0.1:81", "fd/3"}))
}
