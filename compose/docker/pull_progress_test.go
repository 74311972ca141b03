package docker

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadPullSumsTheLayersDownloadsAndNothingElse(t *testing.T) {
	var told [][2]int64
	err := readPull(strings.NewReader(`{"status":"Pulling from library/x","id":"latest"}
{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"a"}
{"status":"Downloading","progressDetail":{"current":50,"total":300},"id":"b"}
{"status":"Download complete","progressDetail":{},"id":"a"}
{"status":"Extracting","progressDetail":{"current":1,"total":100},"id":"a"}
{"status":"Download complete","progressDetail":{},"id":"never seen"}
`), func(done, total int64) { told = append(told, [2]int64{done, total}) })
	require.NoError(t, err)
	require.Equal(t, [][2]int64{{10, 100}, {60, 400}, {150, 400}}, told)
	require.EqualError(t, readPull(strings.NewReader(`{"error":"no such tag"}`), nil), "no such tag")
}
