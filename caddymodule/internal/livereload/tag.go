package livereload

import (
	"html"
	"net/url"
	"strings"
)

// tag is short: the browser looks for a page's charset in the first 1024 bytes.
func (l *Live) tag(page Page, nonce string) string {
	mode := page.Mode
	if mode == "" {
		mode = Hot
	}
	attributes := [][2]string{
		{"src", l.cfg.Prefix + "client.js?ext=" + url.QueryEscape(page.Extension) + "&t=" + l.tokens.page(page.Extension)},
		{"data-frames", l.tokens.frames()}, {"data-build", page.Build}, {"data-mode", string(mode)},
	}
	if off := l.switchedOff(); off != "" {
		attributes = append(attributes, [2]string{"data-off", off})
	}
	if nonce != "" {
		attributes = append(attributes, [2]string{"nonce", nonce})
	}
	tag := "<script"
	for _, a := range attributes {
		tag += " " + a[0] + `="` + html.EscapeString(a[1]) + `"`
	}
	return tag + "></script>"
}

func (l *Live) switchedOff() string {
	var off []string
	for _, part := range []struct {
		name string
		off  bool
	}{{"console", l.cfg.NoConsole}, {"overlay", l.cfg.NoOverlay}, {"badge", l.cfg.NoBadge}, {"open", l.cfg.Open == nil}} {
		if part.off {
			off = append(off, part.name)
		}
	}
	return strings.Join(off, " ")
}
