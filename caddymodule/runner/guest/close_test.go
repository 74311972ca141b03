package guest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClose_tells_a_compilation_which_nothing_cuts_short_from_a_run(t *testing.T) {
	engine, err := NewWazero(t.Context(), Options{})
	require.NoError(t, err)
	e := engine.(*wazeroEngine)
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := e.loadOnce(contentHash{1}, func() (*program, error) {
			close(begun)
			<-end
			return nil, assert.AnError
		})
		ended <- err
	}()
	<-begun
	over, cancel := context.WithCancel(t.Context())
	cancel()
	err = e.Close(over)
	require.ErrorIs(t, err, ErrCompiling)
	require.ErrorIs(t, err, context.Canceled)
	e.runs.Add(1) // as Run does
	require.NotErrorIs(t, e.Close(over), ErrCompiling)
	e.runs.Add(-1)
	close(end)
	require.ErrorIs(t, <-ended, assert.AnError)
	require.NoError(t, e.Close(t.Context()))
}
