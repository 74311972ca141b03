package bundle

// check_names.go contains which files the platform's runner serves.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// served are the extensions of files that are served. Files without one are
// served, too.
var served = map[string]bool{
	".html": true, ".js": true, ".css": true, ".json": true, ".map": true, ".svg": true, ".png": true,
	".jpg": true, ".jpeg": true, ".webp": true, ".woff": true, ".woff2": true,
}

// fixOfType says what to do about a file that is not.
func fixOfType(ext string) string {
	switch strings.ToLower(ext) {
	case ".ico":
		return "use a .png or .svg icon, and name it in <link rel=\"icon\">"
	case ".gif", ".avif", ".bmp":
		return "convert it to .webp or .png"
	case ".ttf", ".otf", ".eot":
		return "convert it to .woff2"
	case ".mjs", ".cjs":
		return "let the build name it .js; <script type=\"module\"> loads that as well"
	case ".htm":
		return "rename it to .html"
	case ".txt", ".md", ".csv", ".xml":
		return "put its content into a .json or .js file"
	case ".wasm":
		return "embed it in a .js file as base64, or use it in the handler"
	}
	return "remove it from ui/, or put its content into a .js, .json or image file"
}

// refusedName says why a file or folder of this name is never served, and what
// to do; empty when it is.
func refusedName(name string) (reason, fix string) {
	switch {
	case !utf8.ValidString(name):
		return "its name is not UTF-8, so it is left out of the bundle", "rename it"
	case strings.HasPrefix(name, "."):
		return "its name begins with a dot, so it is left out of the bundle", "rename it if the page needs it"
	case strings.HasSuffix(name, "."):
		return "its name ends in a dot, which the platform's runner refuses with 400", "rename it"
	case strings.ContainsRune(name, '\\'):
		return "its name contains a backslash, with which the platform's runner does not unpack it", "rename it"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "its name contains a control character, which the platform's runner refuses with 400", "rename it"
	}
	return "", ""
}
