package container

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/hashicorp/yamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/compose/runnerclient"
)

func TestOffer_tells_a_container_that_the_store_closed_its_connection(t *testing.T) {
	store, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer store.Close()
	go func() {
		if conn, err := store.Accept(); err == nil { // as one that was idle for too long
			_, _ = io.WriteString(conn, "a bundle")
			_ = conn.Close()
		}
	}()
	here, there := net.Pipe()
	session, err := yamux.Server(here, runnerclient.Sessions())
	require.NoError(t, err)
	container, err := yamux.Client(there, runnerclient.Sessions())
	require.NoError(t, err)
	defer container.Close()

	ctx, cancel := context.WithCancel(t.Context())
	o := &offer{store: netip.MustParseAddrPort(store.Addr().String())}
	o.ended.Go(func() { o.accept(ctx, &runnerclient.Inbound{Session: session}) })
	defer o.ended.Wait()
	defer cancel()
	conn, err := container.OpenStream()
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	content, err := io.ReadAll(conn)
	require.NoError(t, err, "the end has come, too")
	assert.Equal(t, "a bundle", string(content))
}
