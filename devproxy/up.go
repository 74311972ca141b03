package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// upOptions are the flags of `up`.
type upOptions struct {
	config     string
	extensions []string
	app        string
	port       int
	open       bool
	backend    string
	service    string
	emulate    string
	files      []string
	project    string
	keep       bool
	detach     bool
	watch      string
	liveReload string
	editor     string
	strict     bool
	noConsole  bool
	record     string
	noLive     bool
	logLevel   string
	https      bool
	isolation  string
	json       bool
	command    []string
}

func newUp() *cobra.Command {
	o := new(upOptions)
	cmd := &cobra.Command{
		Use:   "up [--extension DIR]… [--app URL|DIR | -- COMMAND…]",
		Short: "Start the app, the runner and your extensions on one origin",
		Long: "Start the app, the runner and your extensions on http://localhost:3000.\n\n" +
			"Without --app or a COMMAND, an example host app shows the extensions. COMMAND is\n" +
			"started with PORT set to a free port, gets everything on the origin that is not\n" +
			"the runner's, and ends with devproxy. Ctrl-C stops everything.",
		Example: "  devproxy up --extension ./my-extension\n" +
			"  devproxy up --extension ./my-extension --app http://localhost:5173\n" +
			"  devproxy up --extension ./my-extension -- npm run dev\n" +
			"  devproxy up --extension ./my-extension --json",
		GroupID: "dev",
		Args:    o.parseArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON, one document per line: one when it is ready, one for each change, one at the end")
	completeUp(cmd)
	return cmd
}

func (o *upOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&o.config, "config", "c", "", "Caddyfile or Caddy JSON (default: ./Caddyfile if it has a runner, else the built-in one)")
	flags.StringArrayVarP(&o.extensions, "extension", "e", nil, "folder of an extension, repeatable (default: . if it has a manifest.json)")
	flags.StringVar(&o.app, "app", "", "URL or folder of the host app (default: an example)")
	flags.IntVar(&o.port, "port", defaultPort, "port of the origin; 0 picks a free one")
	flags.BoolVar(&o.https, "https", false, "serve https with a CA of this user's own; see 'devproxy trust'")
	flags.StringVar(&o.isolation, "isolation", "", "how extensions' pages are kept apart: none, sandbox or subdomain (default: none)")
	flags.BoolVar(&o.open, "open", false, "open the browser")
	flags.StringVarP(&o.backend, "backend", "b", "", "who executes extensions: embedded, docker, knative, or the URL of a runner (default: embedded)")
	flags.StringVar(&o.service, "service", "", "the Knative service that executes them, NAMESPACE/NAME; it is found with your kubeconfig")
	flags.StringVar(&o.emulate, "emulate", "", "knative has the embedded or docker backend scale to zero and start cold")
	flags.StringArrayVarP(&o.files, "file", "f", nil, "compose file of the docker backend, repeatable (default: a project of our own)")
	flags.StringVarP(&o.project, "project-name", "p", "", "name of the compose project")
	flags.Bool("build", false, "build images before starting; devproxy always does, and takes the flag for those who know Compose")
	flags.BoolVar(&o.keep, "keep", false, "leave the docker backend's containers running at the end")
	flags.BoolVarP(&o.detach, "detach", "d", false, "go on in the background; 'devproxy down' ends it")
	o.addLoopFlags(flags)
}

// addLoopFlags are about what happens while it runs: saves, calls, the terminal.
func (o *upOptions) addLoopFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.watch, "watch", "", "how saves are noticed: on, poll or off (default: on)")
	flags.StringVar(&o.liveReload, "live-reload", "", "how pages show a new build: hot, full or off (default: hot)")
	flags.StringVar(&o.editor, "editor", "", "opens the places that messages name, such as 'code -g' (default: $VISUAL, else $EDITOR)")
	flags.BoolVar(&o.strict, "strict", false, "run handlers from their source with production's clock, timers and console")
	flags.BoolVar(&o.noConsole, "no-console", false, "leave the browser's console errors out of the terminal")
	flags.StringVar(&o.record, "record", "", "keep calls of handlers, without secrets, for replay, trace and capabilities: on or off (default: on)")
	flags.BoolVar(&o.noLive, "no-live", false, "print lines only, also on a terminal: no live area and no keys")
	flags.StringVar(&o.logLevel, "log-level", "", "what the runner's log shows: debug, info, warn or error (default: info)")
}

func (o *upOptions) parseArgs(cmd *cobra.Command, args []string) error {
	dash := cmd.ArgsLenAtDash()
	if len(args) > 0 && dash != 0 {
		return usageFault("unexpected_argument", "to start your app, write '--' before its command, as in 'devproxy up -- npm run dev'",
			"up takes no argument %q", args[0])
	}
	if len(args) > 0 && o.app != "" {
		return usageFault("conflicting_flags", "leave one of them out", "--app and a COMMAND both say what the app is")
	}
	if err := o.checkWords(); err != nil {
		return err
	}
	if o.port < 0 || o.port > 65535 {
		return usageFault("invalid_flag", "choose one from 1 to 65535, or 0 for a free one", "--port %d is no port", o.port)
	}
	o.command = args
	return nil
}

// run is the life of one devproxy, step by step.
func (o *upOptions) run(cmd *cobra.Command) error {
	if o.detach && !inBackground() {
		return detach(cmd)
	}
	begun := time.Now()
	p, err := findProject()
	if err != nil {
		return err
	}
	if err := p.MakeState(); err != nil {
		return err
	}
	defer p.leaveFolder()
	if newAdmin(p).running() {
		return alreadyRunning(p)
	}
	if o.detach {
		ctx, cancel := context.WithCancel(cmd.Context())
		ended := keepSmall(ctx, logFile(p))
		defer func() { cancel(); <-ended }()
	}
	site, err := o.prepare(cmd, p)
	if err != nil {
		return err
	}
	return o.serve(cmd, p, site, begun)
}

// serve is run from the moment on at which nothing is wrong with what was
// asked for.
func (o *upOptions) serve(cmd *cobra.Command, p project, site site, begun time.Time) (err error) {
	r := running{signals: make(chan os.Signal, 2), socket: &ownSocket{project: p}}
	if o.json {
		r.stream = newStream(cmd, r.signals, begun)
	}
	if r.live, err = o.openLive(cmd, p, &site, r.signals); err != nil {
		return err
	}
	defer r.live.close()
	if r.app, err = o.startApp(cmd, r.live); err != nil {
		return err
	}
	go r.watchSignals(cmd, p)
	if err := r.load(site); err != nil {
		return r.failedStart(site, err)
	}
	r.live.follow()
	if err := awaitRequired(cmd.Context(), newAdmin(p)); err != nil {
		return r.failedStart(site, err)
	}
	if err := o.announce(cmd, p, site, r.stream, begun); err != nil {
		return r.failedStart(site, err)
	}
	if o.open {
		openBrowser(cmd.ErrOrStderr(), site.url)
	}
	defer runtime.KeepAlive(reserveHeap())
	returnMemory()
	sweepSockets() // which nobody's first page waits for
	err = r.app.wait()
	defer r.socket.leave()
	r.stream.stopping()
	// nobody waits for requests to an app that is gone
	err = errors.Join(err, caddy.Stop())
	r.stream.stopped("app_exited")
	return err
}

// announce says that everything listens, to a person or to a program.
func (o *upOptions) announce(cmd *cobra.Command, p project, s site, stream *stream, begun time.Time) error {
	if stream != nil {
		return stream.begin(cmd.Context(), p, s, o.command)
	}
	return printBanner(cmd, p, s, begun)
}

// running is what ends with devproxy.
type running struct {
	signals chan os.Signal
	app     *appProcess
	live    *live
	stream  *stream
	socket  *ownSocket
}

// load has Caddy listen.
func (r running) load(site site) error {
	// empty and older than a while, it may have been swept
	if err := makeOwn(filepath.Dir(r.socket.project.AdminSocket())); err != nil {
		return err
	}
	if err := caddy.Load(site.config, true); err != nil {
		return err
	}
	r.socket.note()
	return nil
}

// failedStart leaves nothing running.
func (r running) failedStart(site site, err error) error {
	r.app.stop()
	if stopErr := caddy.Stop(); stopErr != nil {
		return fmt.Errorf("%w; and stopping again: %w", err, stopErr)
	}
	return site.loadFault(err)
}

func alreadyRunning(p project) error {
	return &fault{Code: "already_running", Exit: exitPort, Err: fmt.Errorf("devproxy runs for %s already", p.Dir)}
}

// checkWords refuses what the Caddyfile would refuse, in the flags' own terms.
func (o *upOptions) checkWords() error {
	for _, flag := range []struct {
		name, value string
		words       []string
	}{
		{"watch", o.watch, []string{"on", "poll", "off"}},
		{"live-reload", o.liveReload, []string{"hot", "full", "off"}},
		{"emulate", o.emulate, []string{"knative", "off"}},
		{"record", o.record, []string{"on", "off"}},
		{"log-level", o.logLevel, logLevels},
		{"isolation", o.isolation, []string{"none", "sandbox", "subdomain"}},
	} {
		if flag.value != "" && !slices.Contains(flag.words, flag.value) {
			return usageFault("invalid_flag", "write one of "+strings.Join(flag.words, ", "), "--%s %s is unknown", flag.name, flag.value)
		}
	}
	return nil
}
