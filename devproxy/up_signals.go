package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
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
func watchSignals(cmd *cobra.Command, p project, app *appProcess, l *live, signals chan os.Signal) {
	ignoreSignals()
	caddy.OnExit(func(context.Context) {
		app.stop()
		l.close()
		p.leaveSocket()
	})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	var ending atomic.Bool
	for received := range signals {
		if received == syscall.SIGQUIT || ending.Swap(true) {
			app.kill()
			l.close()
			p.leaveSocket()
			os.Exit(exitForced)
		}
		l.stopping()
		fmt.Fprintln(cmd.ErrOrStderr(), "devproxy: stopping; Ctrl-C again ends everything at once")
		go app.stop()
		go func() {
			// Caddy ends the process after the requests that run; asked
			// before it listens, there is nothing to wait for
			if newAdmin(p).post(cmd.Context(), "/stop") != nil {
				app.stop()
				l.close()
				p.leaveFolder()
				os.Exit(exitForced)
			}
		}()
	}
}
