package caddymodule

import (
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/stretchr/testify/require"
)

// FuzzCaddyfile holds that whatever our blocks say, the answer is an error with
// words, or JSON that Caddy's own strict reading accepts.
func FuzzCaddyfile(f *testing.F) {
	whole, err := os.ReadFile("../Caddyfile")
	require.NoError(f, err)
	f.Add(string(whole))
	for _, block := range []string{
		"backend a http://x {\n timeout 3s\n monitor {\n max_retries 3\n }\n}\ndefault a",
		"extension . {\n secret a b\n config c d\n build off\n}\negress * \nlimits {\n memory 64MiB\n}",
		"backend docker {\n compose a.yml\n keep on\n}\nlive_reload off {\n overlay off\n}\nwatch poll",
		"emulate knative {\n cold_start 2s\n concurrency 3\n}\nasset_cache off\nhold 1s\nhistory 3",
		"extension . {\n build_container node:22 {\n command make\n output dist\n timeout 3s\n}\n}",
		"backend k {\n service a/b\n kubeconfig c\n h2c on\n}\nservice_token {env.X}",
	} {
		f.Add("{\nrunner {\n" + block + "\n}\n}\n:80 {\nrunner {\nprefix /x\nexpose /v1/*\n}\nrunner_app http://x\n}")
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "import") {
			t.Skip("reads other files")
		}
		config, err := adaptText(text)
		if err != nil {
			require.NotEmpty(t, strings.TrimSpace(err.Error()))
			return
		}
		var read caddy.Config
		require.NoError(t, caddy.StrictUnmarshalJSON([]byte(config), &read))
		ours, there := read.AppsRaw["runner"]
		if !there {
			return
		}
		var app App
		require.NoError(t, caddy.StrictUnmarshalJSON(ours, &app), "%s", config)
		_ = app.Validate() // must not panic; what it refuses is for the reader of the file
	})
}
