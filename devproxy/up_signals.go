package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"
)

// exitForced is what a shell makes of a process that Ctrl-C ended.
const exitForced = 130

// watchSignals ends devproxy: the first signal lets requests that run finish,
// a second one, or SIGQUIT, ends everything at once. We watch instead of
// Caddy, which on a second signal would leave the app behind. It ends with
// the process.
func (r running) watchSignals(cmd *cobra.Command, p project) {
	ignoreSignals()
	caddy.OnExit(func(ctx context.Context) {
		r.app.stop()
		r.live.close()
		r.socket.leaveToCaddy(ctx)
		r.stream.stopped("asked")
	})
	signal.Notify(r.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	asked, ending := false, false
	for received := range r.signals {
		bySomebody := received != unread{}
		if received == syscall.SIGQUIT || (asked && bySomebody) {
			r.app.kill()
			r.socket.leave()
			r.endNow()
		}
		asked = asked || bySomebody
		if ending {
			continue
		}
		ending = true
		r.live.stopping()
		go r.stream.stopping() // who reads no further holds no second signal up
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy: stopping; Ctrl-C again ends everything at once")
		go r.app.stop()
		go func() {
			// Caddy ends the process after the requests that run; asked
			// before it listens, there is nothing to wait for
			if newAdmin(p).post(cmd.Context(), "/stop") != nil {
				r.app.stop()
				p.leaveFolder()
				r.endNow()
			}
		}()
	}
}

// endNow waits for nobody.
func (r running) endNow() {
	r.live.close()
	r.stream.stopped("forced")
	os.Exit(exitForced)
}
