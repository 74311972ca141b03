// Package caddymodule is the Caddy plugin: what sits in Caddy and asks the
// engine which runner answers.
//
// It registers, all on import:
//
//	runner                               app: backends, extensions, limits (global option `runner`)
//	http.handlers.runner_site            all of the next four in one        directive `runner`
//	http.handlers.runner                 proxies to the selected backend
//	http.handlers.runner_gateway         /api/ext/{id}/…
//	http.handlers.runner_health          /health
//	http.handlers.runner_control         /__runner/…
//	http.handlers.runner_app             the host app                       directive `runner_app`
//	http.handlers.runner_origin          extensions' own origins            directive `runner_origin`
//	tls.permission.runner                which names get a certificate on demand
//	caddy.listeners.runner_plaintext     http on an https port
//	http.handlers.docker_runner          a container engine over HTTP   directive `docker_runner`
//	http.reverse_proxy.upstreams.runner  for people who write their own reverse_proxy
//	admin.api.runner                     /runner/… on the admin endpoint
//	caddy.logging.encoders.runner        log lines for people
//
// It is the only package that imports Caddy.
package caddymodule
