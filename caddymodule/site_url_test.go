package caddymodule

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSiteURL_is_the_runner_s_site_as_people_type_it(t *testing.T) {
	for name, c := range map[string]struct {
		sites []Site
		want  string
	}{
		"none":                       {nil, ""},
		"one":                        {[]Site{{Address: "127.0.0.1:3000", Runner: true}}, "http://localhost:3000"},
		"any address":                {[]Site{{Address: ":3000", Runner: true}}, "http://localhost:3000"},
		"https and its redirects":    {[]Site{{Address: ":80"}, {Address: ":443", Secure: true}}, "https://localhost:443"},
		"the runner's, whose is two": {[]Site{{Address: ":3000"}, {Address: ":8000", Runner: true}}, "http://localhost:8000"},
		"a runner without https":     {[]Site{{Address: ":443", Secure: true}, {Address: ":8000", Runner: true}}, "http://localhost:8000"},
		"a runner on both":           {[]Site{{Address: ":80", Runner: true}, {Address: ":8443", Runner: true, Secure: true}}, "https://localhost:8443"},
		"no runner at all":           {[]Site{{Address: ":9000"}, {Address: ":8000"}}, "http://localhost:8000"},
		"a name of its own":          {[]Site{{Address: ":3000", Runner: true, Hosts: []string{"app.localhost"}}}, "http://app.localhost:3000"},
		"localhost among its names":  {[]Site{{Address: ":3000", Runner: true, Hosts: []string{"127.0.0.1", "localhost"}}}, "http://localhost:3000"},
		"a pattern":                  {[]Site{{Address: ":3000", Runner: true, Hosts: []string{"*.localhost", "{host}"}}}, "http://localhost:3000"},
		"an address of IPv6":         {[]Site{{Address: ":3000", Runner: true, Hosts: []string{"::1"}}}, "http://[::1]:3000"},
	} {
		assert.Equal(t, c.want, SiteURL(c.sites), name)
	}
}

func TestTCPAddresses_leaves_out_what_no_browser_opens(t *testing.T) {
	assert.Equal(t, []string{":80", "127.0.0.1:81"}, TCPAddresses([]string{":80", "unix//run/x", "udp/:443", ":80-90", "tcp/127.0.0.1:81", "fd/3"}))
}
