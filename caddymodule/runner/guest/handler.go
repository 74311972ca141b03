package guest

import (
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
)

// handler is the component's exported function and the record it takes.
type handler struct {
	function *abi.Func
	request  *abi.Type
}

// newHandler checks that a component's handler takes a request and returns a
// response, each in some cut of the interface.
func newHandler(f *abi.Func, main *component.Module) (handler, error) {
	params := f.Params()
	if len(params) != 1 || params[0].Kind != abi.Record {
		return handler{}, &UnsupportedError{Reason: "its handler does not take one record, the execute-request"}
	}
	if problem := responseProblem(f.Result()); problem != "" {
		return handler{}, &UnsupportedError{Reason: "its handler does not return an execute-response: " + problem}
	}
	if got, want := main.Exports[handlerExport], f.ExportSignature(); !got.Equal(want) {
		return handler{}, &UnsupportedError{
			Reason: fmt.Sprintf("its handler is %v in its core module, its type section gives %v", got, want),
			Fix:    buildFix,
		}
	}
	if _, exported := main.Exports[allocatorExport]; !exported {
		return handler{}, &UnsupportedError{Reason: "its core module does not export " + allocatorExport, Fix: buildFix}
	}
	return handler{function: f, request: params[0]}, nil
}

// responseProblem says what keeps t from being read as a Response.
func responseProblem(t *abi.Type) string {
	if t == nil || t.Kind != abi.Record {
		return "no record"
	}
	status, found := t.Field("status")
	if !found || status.Kind != abi.U16 {
		return "no field status: u16"
	}
	if headers, found := t.Field("headers"); found && !isHeaders(headers) {
		return "field headers is not a list of {name: string, value: string}"
	}
	if body, found := t.Field("body"); found && !isBytes(body) && !isOptionalBytes(body) {
		return "field body is neither list<u8> nor option<list<u8>>"
	}
	return ""
}

func isHeaders(t *abi.Type) bool {
	if t.Kind != abi.List || t.Elem.Kind != abi.Record {
		return false
	}
	name, hasName := t.Elem.Field("name")
	value, hasValue := t.Elem.Field("value")
	return hasName && hasValue && name.Kind == abi.String && value.Kind == abi.String
}

func isBytes(t *abi.Type) bool { return t.Kind == abi.List && t.Elem.Kind == abi.U8 }

func isOptionalBytes(t *abi.Type) bool { return t.Kind == abi.Option && isBytes(t.Cases[1].Type) }

// lowerRequest gives the request as the record that the component declares:
// fields that it does not have are left out when it is lowered.
func (h handler) lowerRequest(r Request) Record {
	return Record{
		"context": h.fill("context", Record{
			"request-id":   r.Context.RequestID,
			"tenant-id":    r.Context.TenantID,
			"extension-id": r.Context.ExtensionID,
			"install-id":   r.Context.InstallID,
			"version-id":   r.Context.VersionID,
		}),
		"http": h.fill("http", Record{
			"method":  r.HTTP.Method,
			"url":     r.HTTP.URL,
			"headers": headerRecords(r.HTTP.Headers),
			"body":    r.HTTP.Body,
		}),
	}
}

// fill turns empty values of optional fields into none.
func (h handler) fill(part string, values Record) Record {
	t, found := h.request.Field(part)
	if !found {
		return values
	}
	for name, value := range values {
		field, found := t.Field(name)
		if found && field.Kind == abi.Option && isEmpty(value) {
			values[name] = nil
		}
	}
	return values
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case string:
		return v == ""
	case []byte:
		return v == nil
	}
	return false
}

func headerRecords(headers []Header) []any {
	list := make([]any, len(headers))
	for i, h := range headers {
		list[i] = Record{"name": h.Name, "value": h.Value}
	}
	return list
}

// liftResponse reads a lifted record whose type responseProblem has passed.
func liftResponse(value any) Response {
	record := value.(Record)
	response := Response{Status: record["status"].(uint16)}
	headers, _ := record["headers"].([]any)
	for _, header := range headers {
		h := header.(Record)
		response.Headers = append(response.Headers, Header{Name: h["name"].(string), Value: h["value"].(string)})
	}
	response.Body, _ = record["body"].([]byte)
	return response
}
