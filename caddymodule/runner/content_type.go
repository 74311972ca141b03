package runner

import (
	"path"
	"strings"
)

// contentTypes are the files that are served, by extension. The table is our
// own: that of the operating system differs between machines, and with
// `nosniff` a wrong type breaks a page.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".htm":  "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
	".md":   "text/markdown; charset=utf-8",
	".csv":  "text/csv; charset=utf-8",
	".xml":  "text/xml; charset=utf-8",
	".vtt":  "text/vtt; charset=utf-8",

	".json":        "application/json",
	".map":         "application/json",
	".webmanifest": "application/manifest+json",
	".wasm":        "application/wasm",
	".pdf":         "application/pdf",

	".svg":  "image/svg+xml",
	".png":  "image/png",
	".jpg":  "image/jpeg",
	".jpeg": "image/jpeg",
	".gif":  "image/gif",
	".webp": "image/webp",
	".avif": "image/avif",
	".ico":  "image/x-icon",

	".woff":  "font/woff",
	".woff2": "font/woff2",
	".ttf":   "font/ttf",
	".otf":   "font/otf",

	".mp3":  "audio/mpeg",
	".ogg":  "audio/ogg",
	".wav":  "audio/wav",
	".mp4":  "video/mp4",
	".webm": "video/webm",
}

// contentType gives the type of the file name.
func contentType(name string) string {
	if t := contentTypes[strings.ToLower(path.Ext(name))]; t != "" {
		return t
	}
	return "application/octet-stream"
}

// isDocument reports whether a browser that navigates to a resource of type t
// may run the scripts in it. Those get a Content-Security-Policy; the
// contract asks for it on HTML only, but SVG and XML documents run scripts
// all the same.
func isDocument(t string) bool {
	media, _, _ := strings.Cut(t, ";")
	return media == "text/html" || media == "image/svg+xml" || media == "text/xml"
}
