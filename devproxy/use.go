package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/caddymodule/runnerstatus"
)

// useOptions are the flags of `use`.
type useOptions struct {
	wait, force, stopOld bool
	json                 bool
	timeout              time.Duration
	percent              int
	header, cookie       string
}

func newUse() *cobra.Command {
	o := new(useOptions)
	cmd := &cobra.Command{
		Use:   "use BACKEND",
		Short: "Send requests to another backend, without a restart",
		Long: "Send requests to another backend of the running devproxy. It is asked first, and\n" +
			"started where it is a container; one that does not answer takes nothing over.\n" +
			"Requests and streams that run end where they began. With --percent, --header or\n" +
			"--cookie it gets that part of the requests, and the selected one the rest.",
		Example: "  devproxy use docker\n  devproxy use knative --wait\n  devproxy use docker --percent 20\n  devproxy use docker --header X-Try=new\n  devproxy use docker --wait --json",
		GroupID: "dev",
		Args:    oneBackend,

		ValidArgsFunction: completeBackends,

		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.wait, "wait", false, "ask until the backend answers, instead of once")
	flags.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait at most")
	flags.BoolVar(&o.force, "force", false, "take it even if it does not answer; requests fail until it does")
	flags.BoolVar(&o.stopOld, "stop-old", false, "stop the containers of the backend before; otherwise they stay warm")
	flags.IntVar(&o.percent, "percent", 0, "share of the browsers that it gets, 1 to 99; each stays with its side")
	flags.StringVar(&o.header, "header", "", "it gets the requests with this header, NAME or NAME=VALUE")
	flags.StringVar(&o.cookie, "cookie", "", "it gets the requests with this cookie, NAME or NAME=VALUE")
	jsonFlag(cmd, &o.json)
	return cmd
}

// oneBackend names those there are, for who knows of none.
func oneBackend(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	names, _ := completeBackends(cmd, nil, "")
	return usageFault("unexpected_argument", "write 'devproxy use BACKEND' with one of "+strings.Join(names, ", "), "use takes the name of one backend")
}

func (o *useOptions) run(cmd *cobra.Command, name string) error {
	if cmd.Flags().Changed("percent") && (o.percent < 1 || o.percent > 99) {
		return usageFault("invalid_flag", "write a number from 1 to 99, or leave it out for all requests", "--percent %d is no share", o.percent)
	}
	if o.stopOld && o.splits() {
		return usageFault("conflicting_flags", "leave one of them out", "--stop-old ends a backend that gets the other requests")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	p, err := findRunning()
	if err != nil {
		return err
	}
	shown := newProgress(cmd, false).follow(ctx, newAdmin(p))
	after, err := newAdmin(p).use(ctx, name, o.query(name))
	shown()
	if err != nil {
		return err
	}
	if o.json {
		return printStatusJSON(cmd.OutOrStdout(), after)
	}
	return o.report(cmd.OutOrStdout(), name, after)
}

func (o *useOptions) splits() bool { return o.percent > 0 || o.header != "" || o.cookie != "" }

func (o *useOptions) query(name string) url.Values {
	query := url.Values{"backend": {name}}
	for key, set := range map[string]bool{"wait": o.wait, "force": o.force, "stop_old": o.stopOld} {
		if set {
			query.Set(key, "1")
		}
	}
	for key, value := range map[string]string{"header": o.header, "cookie": o.cookie} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if o.percent > 0 {
		query.Set("percent", strconv.Itoa(o.percent))
	}
	return query
}

func (o *useOptions) report(w io.Writer, name string, after runnerstatus.Snapshot) error {
	line := name + " gets the requests"
	if o.splits() {
		line = fmt.Sprintf("%s gets %s; %s the rest", name, strings.Join(o.parts(), ", and "), after.Selected)
	}
	if o.force {
		for _, b := range after.Backends {
			if b.Name == name && b.Status != "up" {
				line += ", and is " + b.Status + ": they fail until it is up"
			}
		}
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

func (o *useOptions) parts() (parts []string) {
	if o.percent > 0 {
		parts = append(parts, fmt.Sprintf("%d %% of the browsers", o.percent))
	}
	if o.header != "" {
		parts = append(parts, "requests with the header "+o.header)
	}
	if o.cookie != "" {
		parts = append(parts, "requests with the cookie "+o.cookie)
	}
	return parts
}

// use asks for the swap, and waits for as long as the backend takes.
func (a *admin) use(ctx context.Context, name string, query url.Values) (after runnerstatus.Snapshot, err error) {
	a.client.Timeout = 0
	err = a.do(ctx, http.MethodPost, "/runner/use?"+query.Encode(), func(body io.Reader) error {
		return json.NewDecoder(body).Decode(&after)
	})
	var refused *refusal
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = notUp(name, errors.New("it did not answer in time"))
	case ctx.Err() != nil:
		err = &fault{Code: "interrupted", Exit: exitForced, Err: errors.New("nobody waits for the swap any more"), Fix: "see 'devproxy status' for who gets the requests"}
	case errors.As(err, &refused) && strings.HasPrefix(refused.status, "404"):
		err = usageFault("backend_unknown", "see 'devproxy status' for those there are", "%w", refused)
	case errors.As(err, &refused) && strings.HasPrefix(refused.status, "409"):
		err = notTaken(name, refused)
	case errors.As(err, &refused) && strings.HasPrefix(refused.status, "503"), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		err = &fault{Code: "not_running", Exit: exitFailure, Err: fmt.Errorf("devproxy has stopped, and %s takes nothing over", name), Fix: "start it again with 'devproxy up', and choose the backend with --backend " + name}
	}
	return after, err
}

// notTaken tells a backend that does not answer from one that nobody wants any
// more.
func notTaken(name string, refused *refusal) *fault {
	var said struct{ Code string }
	if json.Unmarshal(refused.body, &said) == nil && said.Code == "use_superseded" {
		return &fault{Code: "use_superseded", Exit: exitFailure, Err: refused, Fix: "see 'devproxy status' for who gets the requests, and ask again for " + name + " if it is to be that"}
	}
	return notUp(name, refused)
}

func notUp(name string, err error) *fault {
	return &fault{Code: "backend_not_ready", Exit: exitFailure, Err: fmt.Errorf("%s takes nothing over: %w", name, err),
		Fix: "the backend before goes on; start the other one, or write --wait to wait for it, or --force to take it all the same"}
}
