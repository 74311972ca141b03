package runner

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func BenchmarkAsset(b *testing.B) {
	for name, c := range map[string]struct {
		live bool
		size int
	}{
		"sealed 4 kB": {false, 4 << 10}, "sealed 1 MB": {false, 1 << 20},
		"live 4 kB": {true, 4 << 10}, "live 1 MB": {true, 1 << 20},
	} {
		b.Run(name, func(b *testing.B) {
			source := newFolder(b, c.live, map[string]string{"ui/app.js": strings.Repeat("x", c.size)})
			server := start(b, Config{Sources: []Source{source}})
			b.SetBytes(int64(c.size))
			for b.Loop() {
				resp, err := server.Client().Get(server.URL + assetURL("app.js"))
				require.NoError(b, err)
				require.Equal(b, http.StatusOK, resp.StatusCode)
				_, err = io.Copy(io.Discard, resp.Body)
				require.NoError(b, err)
				resp.Body.Close()
			}
		})
	}
}

func BenchmarkExecute(b *testing.B) {
	bench := newBench(b, "limits")
	request := body("/nothing")
	require.Nil(b, bench.execute(b, request).Error)
	for b.Loop() {
		bench.post(b, request)
	}
}
