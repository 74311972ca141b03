package livereload

import (
	"embed"
	"net/http"
	"strings"
)

// parts are the client script's files, in the order in which they run.
//
//go:embed client/*.js
var parts embed.FS

// script is the files within one function, so that the page sees none of
// their names.
var script = join("page.js", "console.js", "paint.js", "badge.js", "overlay.js", "memory.js", "styles.js", "update.js", "stream.js", "sealed.js", "share.js", "check.js")

func join(names ...string) string {
	var b strings.Builder
	b.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range names {
		text, err := parts.ReadFile("client/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		b.WriteString("\n// " + name + "\n")
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.String()
}

func serveClient(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/javascript; charset=utf-8")
	// a page that isolates itself could not load it from a sandbox otherwise
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write([]byte(script))
}
