// Package guest executes an extension's server handler: a WebAssembly
// component of the world `runner` in package `alga:extension`.
//
// The runner calls it through [Engine]; it calls the extension's imports
// through [Host] and knows nothing of HTTP servers, tenants or bundles. The
// one engine today is wazero with our own canonical ABI (see [NewWazero]);
// the interface is small so that another can take its place.
package guest

import (
	"context"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
)

// Engine compiles components. It is safe for concurrent use.
type Engine interface {
	// Load compiles component, or returns the Program of an earlier Load of
	// the same bytes. Concurrent loads of the same bytes share one compile.
	// The error is an *UnsupportedError when the bytes are not a component
	// that this engine can run, a *MemoryError when there is no room to compile
	// it now.
	Load(ctx context.Context, component []byte) (Program, error)

	// LoadSource initialises a handler from its source, without building a
	// component, in tens of milliseconds once the engine is fitted to the
	// interface. The error is an *[InitError] when the module is at fault, a
	// *source.UnavailableError when it must be built to be run, a *MemoryError
	// as with Load.
	LoadSource(ctx context.Context, s Source) (Program, error)

	// Close releases compiled code. Programs must not be used afterwards.
	Close(ctx context.Context) error
}

// Program is one compiled handler. It is safe for concurrent use: every Run
// gets a fresh instance, as in production.
type Program interface {
	// Imports lists the functions that the component may call.
	Imports() []Import

	// Run calls the component's `handler` export once. The error is a
	// *TrapError when the guest did not return.
	Run(ctx context.Context, req Request, host Host, limits Limits) (Response, error)
}

// Limits bound one Run.
type Limits struct {
	// Timeout is the longest the guest may run, host calls included. Zero
	// means no limit beyond the context's.
	Timeout time.Duration
	// MemoryBytes caps the guest's linear memory; growth beyond it is
	// refused. Zero means 256 MiB.
	MemoryBytes uint64
}

// Request is the component's `execute-request`.
type Request struct {
	Context Context
	HTTP    HTTPRequest
}

// Context is the component's `context-data`. Empty optional fields reach the
// guest as none.
type Context struct {
	RequestID   string // optional
	TenantID    string
	ExtensionID string
	InstallID   string // optional
	VersionID   string // optional
}

// HTTPRequest is the component's `http-request`.
type HTTPRequest struct {
	Method  string
	URL     string // path plus form-encoded query
	Headers []Header
	Body    []byte // nil reaches the guest as none
}

// Header is one HTTP header line.
type Header struct{ Name, Value string }

// Response is the component's `execute-response`.
type Response struct {
	Status  uint16
	Headers []Header
	Body    []byte // nil when the guest returned none
}

// Import names one imported function.
type Import struct {
	Package   string // "alga:extension", version cut off
	Interface string // "secrets"
	Function  string // "get"
}

// String gives "alga:extension/secrets#get".
func (i Import) String() string { return i.Package + "/" + i.Interface + "#" + i.Function }

// Host answers the guest's calls to its imports.
type Host interface {
	// Call answers one call. An error traps the guest with that error's
	// message; a typed denial is a Result with Err set instead.
	Call(ctx context.Context, call Call) (any, error)
}

// Blanker is a Host that knows words which nobody else may read. What a guest
// prints is told to it as it is, and to the Host and in errors as it then is.
type Blanker interface {
	// Blanked is text without those words. Where more of the text follows that
	// nobody will ask for, its end goes as well if it may begin one of them.
	Blanked(text string, more bool) string
}

// Call is one call of an import, its arguments lifted to Go values.
//
// Values: bool; uint8…uint64, int8…int64; float32, float64; rune (char);
// string; []byte for list<u8>, []any for other lists and tuples; Record for
// records; string for enums (the case's name); Variant; []string for flags;
// nil or the value itself for options; Result for results.
//
// Answers take the same shapes. Numbers may be any Go number type that fits
// the value; record fields that the guest's type does not have are left out,
// and optional ones that the answer does not have are none.
type Call struct {
	Import
	Args []any
	// ErrorCases are the case names of the enum that the function's result
	// carries as its error, in order; empty when it has none.
	ErrorCases []string
}

// Record is a WIT record by field name.
type Record = map[string]any

// Variant is one case of a WIT variant: its name, then its value if it
// carries one.
type Variant = abi.Variant

// Result is a WIT result: a value, or with Err set an error.
type Result = abi.Result

// OK is the result that carries v.
func OK(v any) Result { return Result{Value: v} }

// Denied is the result that carries the error case code.
func Denied(code string) Result { return Result{Err: true, Value: code} }
