// Package host is the example host app: plain HTML, CSS and JavaScript that
// lists the extensions in development and shows the chosen one in a sandboxed
// iframe. The devproxy command serves it when no app of the user's own is
// given; it calls nothing.
//
// The dashboard serves bridge.js, api-proxy.js and base64.js as well: its
// previews are hosts with the same bridge, so what connect takes and tells is
// of use to both.
package host

import "embed"

// Files holds the app's files at its root: index.html and what it links to.
//
//go:embed *.html *.css *.js
var Files embed.FS
