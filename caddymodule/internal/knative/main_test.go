package knative

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("KNATIVE_TEST_PLUGIN") != "" {
		os.Exit(plugin())
	}
	goleak.VerifyTestMain(m)
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// serve starts a server that says nothing of clients that leave.
func serve(t *testing.T, start func(*httptest.Server), handler http.HandlerFunc) *httptest.Server {
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = quiet()
	start(s)
	t.Cleanup(s.Close)
	return s
}

func at(t *testing.T, address string) *url.URL {
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}

// faultOf checks that err is an *Error that a person can act on.
func faultOf(t *testing.T, err error, code string) *Error {
	var fault *Error
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, code, fault.Code, "%v", err)
	assert.NotEmpty(t, fault.Fix)
	return fault
}
