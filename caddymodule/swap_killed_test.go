package caddymodule

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// stages are the moments of a swap from a to b at which a is killed.
var stages = []string{"before", "while b is probed", "right after", "while a drains"}

func TestSwap_whose_old_backend_is_killed_at_any_stage_fails_no_GET(t *testing.T) {
	for _, stage := range stages {
		t.Run(stage, func(t *testing.T) { killAt(t, stage) })
	}
}

func killAt(t *testing.T, stage string) {
	a := slowRunner(t, "a", nil)
	probed, goOn := make(chan struct{}), make(chan struct{})
	b := slowRunner(t, "b", func() {
		if stage == "while b is probed" {
			close(probed)
			<-goOn
		}
	})
	s := swapServer(t, a.URL, b.URL)
	stop := make(chan struct{})
	var load sync.WaitGroup
	var served [2]atomic.Int64
	for range 8 {
		load.Go(func() { gets(t, s.url+"/runner/slow", stop, &served) })
	}
	assert.Eventually(t, func() bool { return served[0].Load() > 16 }, 10*time.Second, time.Millisecond)

	kill := func() { a.CloseClientConnections(); a.Listener.Close() }
	if stage == "before" {
		kill()
	}
	used := make(chan struct{})
	go func() {
		defer close(used)
		assert.Equal(t, http.StatusOK, askAdmin(t, http.MethodPost, "/runner/use?backend=b&wait=1").Code)
	}()
	switch stage {
	case "while b is probed":
		<-probed
		kill()
		close(goOn)
	case "while a drains": // its requests take longer than the selection
		assert.Eventually(t, func() bool { return live.Load().Selector().Current().Name() == "b" }, 10*time.Second, time.Microsecond)
		kill()
	}
	<-used
	if stage == "right after" {
		kill()
	}
	assert.Eventually(t, func() bool { return served[1].Load() > 16 }, 10*time.Second, time.Millisecond)
	close(stop)
	load.Wait()
}

// slowRunner takes a moment for each request, so that there are always some
// under way; probed is called before the first probe is answered.
func slowRunner(t *testing.T, name string, probed func()) *httptest.Server {
	t.Helper()
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			if probed != nil {
				once.Do(probed)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
		<-time.After(20 * time.Millisecond) // the pace of the load
		fmt.Fprint(w, name)
	}))
	t.Cleanup(server.Close)
	return server
}

// gets asks until stop, and counts who answered.
func gets(t *testing.T, url string, stop <-chan struct{}, served *[2]atomic.Int64) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		res, err := http.Get(url)
		if !assert.NoError(t, err) {
			return
		}
		body := make([]byte, 1)
		n, _ := res.Body.Read(body)
		res.Body.Close()
		if !assert.Equal(t, http.StatusOK, res.StatusCode) || !assert.Equal(t, 1, n) {
			return
		}
		served[int(body[0]-'a')].Add(1)
	}
}
