package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/caddymodule/runner/host"
)

// run executes c once.
func (r *Runner) run(ctx context.Context, c call) outcome { return c.journalled(r.runChecked(ctx, c)) }

// runChecked checks in the contract's order: engine, bundle, providers,
// secrets, guest.
func (r *Runner) runChecked(ctx context.Context, c call) outcome {
	if reason := r.cannotExecute(); reason != "" {
		return failed(http.StatusInternalServerError, "engine_init_failed: "+reason)
	}
	found := c.journal.Step("find the bundle")
	bundle, err := r.handlerBundle(ctx, c)
	found()
	if err != nil {
		return failed(http.StatusBadGateway, "bundle_fetch_failed: "+err.Error())
	}
	granted, unknown := host.ParseCapabilities(c.body.Providers)
	if len(unknown) > 0 {
		return failed(http.StatusBadRequest, "unknown_capabilities: "+strings.Join(unknown, ", "))
	}
	secrets, err := c.body.Secrets.open(time.Now())
	if err != nil {
		// The caller learns no more than that; the reason holds no secret.
		r.cfg.Logger.WarnContext(ctx, "opening the secret envelope", "request_id", c.requestID, "extension", c.extension, "error", err)
		return failed(http.StatusInternalServerError, "secret_decrypt_failed")
	}
	invocation := c.invocation(granted, secrets, r.cfg.Logger)
	invocation.Endpoints = endpoints(bundle, granted)
	return r.runGuest(ctx, c, bundle, r.cfg.Platform.For(invocation))
}

func (r *Runner) cannotExecute() string {
	switch {
	case r.cfg.Engine == nil:
		return "this runner serves UIs only"
	case len(r.cfg.Sources) == 0:
		return "no source of extensions is configured; set BUNDLE_STORE_BASE or add an extension's folder"
	}
	return ""
}

// handlerBundle finds the bundle of c, which must have a handler.
func (r *Runner) handlerBundle(ctx context.Context, c call) (Bundle, error) {
	hash, err := parseLooseHash(*c.body.Context.ContentHash)
	if err != nil {
		return Bundle{}, err
	}
	bundle, err := r.open(ctx, Ref{Tenant: c.tenant, Extension: c.extension, Hash: hash})
	if err != nil {
		return Bundle{}, err
	}
	return bundle, findHandler(bundle, c.extension)
}

func (r *Runner) runGuest(ctx context.Context, c call, bundle Bundle, platform host.Execution) outcome {
	loaded := c.journal.Step("load the handler")
	program, err := r.programs.load(ctx, bundle)
	loaded()
	if err != nil {
		return executeFailed(err)
	}
	start, ran := time.Now(), c.journal.Step("run the handler")
	var resp guest.Response
	if limits := c.limits(r.cfg.DefaultTimeout); r.cfg.FailuresTold {
		resp, err = (&account{Host: platform}).run(ctx, program, c.guestRequest(), limits)
	} else {
		resp, err = program.Run(ctx, c.guestRequest(), platform, limits)
	}
	ran()
	if err != nil {
		out := executeFailed(withDenials(err, platform.Denials()))
		// an exception may say anything, and callers and logs read it
		*out.envelope.Error = platform.Blanked(*out.envelope.Error, false)
		return out
	}
	return completed(resp, time.Since(start))
}

// withDenials puts what the platform refused before the exception that the
// handler did not catch: the one is mostly the cause of the other, and a
// component without a console says nothing of it.
func withDenials(err error, denials []string) error {
	var trap *guest.TrapError
	if len(denials) == 0 || !errors.As(err, &trap) || trap.Kind != guest.TrapGuest {
		return err
	}
	return fmt.Errorf("%s; the handler did not cope with that: %w", strings.Join(denials, "; "), err)
}

// executeFailed tells how a run ended early. The contract has one error for
// it; what helps the developer is the cause's own message. That there is no
// memory to begin with says nothing of the handler.
func executeFailed(err error) outcome {
	var memory *guest.MemoryError
	if errors.As(err, &memory) {
		return failed(http.StatusServiceUnavailable, guest.CodeMemory+": "+memory.Error()+"; "+memory.Fix())
	}
	return failed(http.StatusInternalServerError, executeFailedPrefix+err.Error())
}
