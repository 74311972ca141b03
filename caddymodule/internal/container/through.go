package container

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/same-origin/devproxy/compose/docker"
	"github.com/same-origin/devproxy/compose/runnerclient"
)

// dialer is how generations are reached; nil for plain TCP.
func dialer(engine *docker.Engine) Dialer {
	if engine.Through() {
		return engine
	}
	return nil
}

// offer brings what containers connect to on the engine's machine to the store on
// this one, over the docker-runner between the two. Its port there stays the same.
type offer struct {
	engine *docker.Engine
	store  netip.AddrPort
	port   uint16
	log    *slog.Logger
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// offer begins to offer the store, in place of what was offered before, and gives
// the name and port by which containers find it.
func (r *Runner) offer(ctx context.Context, engine *docker.Engine) (host string, port uint16, err error) {
	r.offered.close()
	r.offered = nil
	store, err := r.cfg.Store.Local(ctx)
	if err != nil {
		return "", 0, err
	}
	o := &offer{engine: engine, store: store, port: store.Port(), log: r.hooks.Log}
	in, err := o.first(ctx)
	if err != nil {
		return "", 0, err
	}
	o.port = in.Port
	r.hooks.Log.Info("offering what is built here on the engine's machine", "host", in.Host, "port", in.Port)
	ctx, o.cancel = context.WithCancel(r.ctx)
	o.ended.Go(func() { o.run(ctx, in) })
	r.offered = o
	return in.Host, in.Port, nil
}

const (
	// offerPatience is how long the port of a devproxy before may take to get free.
	offerPatience = 3 * time.Second
	// offerRetry is how often a service that is away is asked again.
	offerRetry = time.Second
)

// first listens on the port that is also the store's here, so that a container that
// was kept finds it again, and where that is somebody else's on any.
func (o *offer) first(ctx context.Context) (*runnerclient.Inbound, error) {
	patience, cancel := context.WithTimeout(ctx, offerPatience)
	defer cancel()
	for {
		in, err := o.engine.Listen(ctx, o.port)
		if !runnerclient.HasStatus(err, http.StatusConflict) {
			return in, err
		}
		if wait(patience, offerRetry/4); patience.Err() != nil {
			return o.engine.Listen(ctx, 0)
		}
	}
}

// run accepts, and listens again whenever the service was away.
func (o *offer) run(ctx context.Context, in *runnerclient.Inbound) {
	for in != nil {
		o.accept(ctx, in)
		in = o.again(ctx)
	}
}

func (o *offer) again(ctx context.Context) *runnerclient.Inbound {
	said := false
	for ctx.Err() == nil {
		in, err := o.engine.Listen(ctx, o.port)
		if err == nil {
			return in
		}
		if !said && ctx.Err() == nil {
			said = true
			o.log.Warn("offering what is built here is interrupted, until the docker-runner takes it again", "error", err)
		}
		wait(ctx, offerRetry)
	}
	return nil
}

// accept passes connections on to the store until the service goes away.
func (o *offer) accept(ctx context.Context, in *runnerclient.Inbound) {
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Close() })()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		far, err := in.Accept()
		if err != nil {
			return
		}
		running.Go(func() { o.pass(ctx, far) })
	}
}

func (o *offer) pass(ctx context.Context, far net.Conn) {
	defer far.Close()
	near, err := new(net.Dialer).DialContext(ctx, "tcp", o.store.String())
	if err != nil {
		return
	}
	join(ctx, far, near)
}

// close ends the offer; nil is none.
func (o *offer) close() {
	if o == nil {
		return
	}
	o.cancel()
	o.ended.Wait()
}
