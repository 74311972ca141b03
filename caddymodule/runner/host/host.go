// Package host answers the calls that an extension's server handler makes:
// context, secrets, http, storage, logging, ui-proxy, user, scheduler,
// invoicing, clients and services.
//
// The runner makes one [Platform] for its whole life and one [Execution] per
// run with [Platform.For]; the guest engine calls that. Below it are the
// state folder, the developer's fixture files and, for `http.fetch` and
// `ui-proxy`, the network. It knows nothing of WebAssembly or of bundles.
//
// What the real platform owns (scheduler, invoicing, clients, services and,
// without a base URL, ui-proxy) is a stand-in here: the answers have the
// platform's shapes and come from JSON files that the developer can edit.
package host

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
)

// Options configure a Platform.
type Options struct {
	// StateDir keeps what extensions store: `storage/`, `scheduler/` and
	// `fixtures/` below it. Required; created when absent.
	StateDir string
	// FixturesDir is the developer's own fixtures folder. A file in it wins
	// over the one of the same name in StateDir/fixtures; nothing is ever
	// written to it. Empty: none.
	FixturesDir string
	// EgressAllowlist names the hosts that `http.fetch` may reach: a host
	// stands for itself and its subdomains, `host:port` for that port only,
	// `*` for every host. Empty denies all.
	EgressAllowlist []string
	// BlockedAddresses are `host:port` pairs that no extension may reach,
	// whatever the allowlist says. Default: Caddy's own admin endpoint,
	// `localhost:2019`.
	BlockedAddresses []string
	// UIProxyBaseURL is where `ui-proxy` sends its calls. Empty: they are
	// answered from the fixture `ui-proxy.json`.
	UIProxyBaseURL string
	// Logger receives the platform's own messages, and the guest's when an
	// Invocation has no logger. Default: slog.Default().
	Logger *slog.Logger
}

// Platform is what all executions share. It is safe for concurrent use.
type Platform struct {
	log       *slog.Logger
	egress    egress
	client    *http.Client
	uiProxy   *url.URL // nil: answer from fixtures
	storage   *store
	schedules *scheduleStore
	fixtures  *fixtures
	invoices  *ledger
}

// New checks the options and prepares the state folder. The error names the
// option that is wrong.
func New(o Options) (*Platform, error) {
	if o.StateDir == "" {
		return nil, errors.New("preparing host functions: the state folder is not set; set Options.StateDir")
	}
	if err := os.MkdirAll(o.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("preparing the state folder: %w", err)
	}
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	allowed, err := parseEgress(o.EgressAllowlist)
	if err != nil {
		return nil, err
	}
	if allowed.all {
		log.Warn("extensions may reach every host: the egress allowlist contains *")
	}
	base, err := parseUIProxyBase(o.UIProxyBaseURL)
	if err != nil {
		return nil, err
	}
	blocked, err := parseBlocked(o.BlockedAddresses)
	if err != nil {
		return nil, err
	}
	return newPlatform(o, log, allowed, base, blocked), nil
}

func newPlatform(o Options, log *slog.Logger, allowed egress, base *url.URL, blocked blockedAddresses) *Platform {
	files := newFixtures(o.StateDir, o.FixturesDir, log)
	return &Platform{
		log:       log,
		egress:    allowed,
		client:    newClient(blocked),
		uiProxy:   base,
		storage:   newStore(o.StateDir),
		schedules: newScheduleStore(o.StateDir),
		fixtures:  files,
		invoices:  &ledger{fixtures: files},
	}
}

// Close ends idle connections. Executions that still run may finish.
func (p *Platform) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

// For gives the host functions of one execution.
func (p *Platform) For(inv Invocation) Execution {
	log := inv.Logger
	if log == nil {
		log = p.log
	}
	return &session{Platform: p, inv: inv, log: log}
}
