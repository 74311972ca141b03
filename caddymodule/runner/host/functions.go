package host

// functions.go lists every function that a guest can call.

import (
	"context"
	"errors"
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// function is one import with the rules that hold before it runs.
type function struct {
	capability string
	perInstall bool
	params     []param
	// denied answers a denial where the result has no error case for it.
	denied func(reason string) (any, error)
	run    func(s *session, ctx context.Context, args []any) (any, error)
}

var functions = map[string]function{
	"context#get-context": {capability: CapContextRead, denied: refused, run: getContext},

	"secrets#get":       {capability: CapSecretsGet, params: []param{text}, run: getSecret},
	"secrets#list-keys": {capability: CapSecretsGet, denied: emptyList, run: listSecretKeys},

	"http#fetch": {capability: CapHTTPFetch, params: []param{record}, run: fetch},

	"storage#get":          {capability: CapStorageKV, perInstall: true, params: []param{text, text}, run: getEntry},
	"storage#put":          {capability: CapStorageKV, perInstall: true, params: []param{record}, run: putEntry},
	"storage#delete":       {capability: CapStorageKV, perInstall: true, params: []param{text, text}, run: deleteEntry},
	"storage#list-entries": {capability: CapStorageKV, perInstall: true, params: []param{text, optionalText}, run: listEntries},

	"logging#log-info":  {capability: CapLogEmit, params: []param{text}, denied: dropped, run: logInfo},
	"logging#log-warn":  {capability: CapLogEmit, params: []param{text}, denied: dropped, run: logWarn},
	"logging#log-error": {capability: CapLogEmit, params: []param{text}, denied: dropped, run: logError},

	"ui-proxy#call-route": {capability: CapUIProxy, params: []param{text, optionalBytes}, run: callRoute},

	"user#get-user":    {capability: CapUserRead, run: getUser},
	"user-v2#get-user": {capability: CapUserRead, run: getUser},

	"scheduler#list-schedules":  {capability: CapScheduler, perInstall: true, run: listSchedules},
	"scheduler#get-schedule":    {capability: CapScheduler, perInstall: true, params: []param{text}, run: getSchedule},
	"scheduler#create-schedule": {capability: CapScheduler, perInstall: true, params: []param{record}, denied: unsuccessful, run: createSchedule},
	"scheduler#update-schedule": {capability: CapScheduler, perInstall: true, params: []param{text, record}, denied: unsuccessful, run: updateSchedule},
	"scheduler#delete-schedule": {capability: CapScheduler, perInstall: true, params: []param{text}, denied: unsuccessful, run: deleteSchedule},
	"scheduler#get-endpoints":   {capability: CapScheduler, perInstall: true, run: getEndpoints},

	"invoicing#create-manual-invoice": {capability: CapInvoiceCreate, perInstall: true, params: []param{record}, denied: unsuccessful, run: createInvoice},

	"clients#list-clients": {capability: CapClientRead, perInstall: true, params: []param{record}, run: listClients},
	"clients#get-client":   {capability: CapClientRead, perInstall: true, params: []param{text}, run: getClient},

	"services#list-services": {capability: CapServiceRead, perInstall: true, params: []param{record}, run: listServices},
	"services#get-service":   {capability: CapServiceRead, perInstall: true, params: []param{text}, run: getService},
}

func refused(reason string) (any, error) { return nil, errors.New(reason) }
func emptyList(string) (any, error)      { return []any{}, nil }
func dropped(string) (any, error)        { return nil, nil }
func unsuccessful(reason string) (any, error) {
	return guest.Record{"success": false, "error": "denied: " + reason}, nil
}

// check keeps a component whose interface differs from ours from reaching a
// function with arguments of another shape.
func (f function) check(call guest.Call) error {
	if len(call.Args) != len(f.params) {
		return fmt.Errorf("%s: the component passes %d arguments, this runner expects %d; "+
			"rebuild it with the interface file of this runner", call.Import, len(call.Args), len(f.params))
	}
	for i, arg := range call.Args {
		if !f.params[i].fits(arg) {
			return fmt.Errorf("%s: argument %d is %T, this runner expects %s; "+
				"rebuild the component with the interface file of this runner", call.Import, i+1, arg, f.params[i])
		}
	}
	return nil
}
